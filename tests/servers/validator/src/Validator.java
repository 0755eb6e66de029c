import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import ca.uhn.fhir.parser.LenientErrorHandler;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ValidationOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Base;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.ElementDefinition;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * HAPI's validator behind a loopback socket. A line in, {"resource": "text", "profiles": [...]}; a line out, the
 * issues. The first line of a connection lists what was taken out of the profiles because nobody here defines it.
 * Arguments: the port, then folders of StructureDefinitions, CodeSystems and ValueSets. Calls no other host.
 */
public final class Validator {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final FhirContext context = FhirContext.forR4();
  private final List<String> dropped;
  private final LocalTerminology terminology = new LocalTerminology(context);
  private final FhirValidator validator;

  private Validator(List<String> folders) throws IOException {
    context.setParserErrorHandler(new LenientErrorHandler(false).disableAllErrors());
    var definitions = definitions(folders);
    dropped = dropUnknownExtensions(definitions);
    var chain = new ValidationSupportChain(
        definitions,
        new DefaultProfileValidationSupport(context),
        new SnapshotGeneratingValidationSupport(context),
        new CommonCodeSystemsTerminologyService(context),
        terminology);
    terminology.everything = new ValidationSupportContext(chain);
    var module = new FhirInstanceValidator(chain);
    module.setErrorForUnknownProfiles(true);
    validator = context.newValidator().registerValidatorModule(module);
    answer("{\"resourceType\":\"Patient\"}", List.of());
  }

  public static void main(String[] args) throws Exception {
    var ready = new Validator(List.of(args).subList(1, args.length));
    var server = new ServerSocket(Integer.parseInt(args[0]), 50, InetAddress.getLoopbackAddress());
    while (true) {
      var client = server.accept();
      new Thread(() -> ready.serve(client)).start();
    }
  }

  private void serve(Socket client) {
    try (client;
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        var out = new PrintStream(client.getOutputStream(), true, StandardCharsets.UTF_8)) {
      out.println(JSON.writeValueAsString(dropped));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode request = JSON.readTree(line);
        var profiles = request.path("profiles").valueStream().map(JsonNode::asText).toList();
        out.println(JSON.writeValueAsString(answer(request.get("resource").asText(), profiles)));
      }
    } catch (IOException gone) {
      System.err.println("client gone: " + gone);
    }
  }

  private List<Map<String, String>> answer(String resource, List<String> profiles) {
    var options = new ValidationOptions();
    profiles.forEach(options::addProfile);
    var issues = new ArrayList<Map<String, String>>();
    try {
      for (var each : validator.validateWithResult(resource, options).getMessages()) {
        issues.add(issue(each.getSeverity().getCode(), each.getLocationString(), each.getMessage(), each.getMessageId()));
      }
      var parsed = (Resource) parse(context, resource);
      listUnverified(parsed, parsed.fhirType(), issues);
    } catch (RuntimeException error) {
      issues.add(issue("fatal", null, error.toString(), null));
    }
    return issues;
  }

  /** The validator stops at the first coding that may pass, so the codes nobody can look up are listed here. */
  private void listUnverified(Base part, String path, List<Map<String, String>> issues) {
    if (part instanceof Coding coding && coding.hasCode() && coding.hasSystem() && !terminology.knows(coding.getSystem())) {
      issues.add(issue("warning", path, coding.getSystem() + "#" + coding.getCode(), "NOT_VERIFIED"));
    }
    for (var property : part.children()) {
      var values = property.getValues();
      for (int i = 0; i < values.size(); i++) {
        var place = path + "." + property.getName() + (property.isList() ? "[" + i + "]" : "");
        listUnverified(values.get(i), place, issues);
      }
    }
  }

  private static Map<String, String> issue(String severity, String location, String message, String messageId) {
    var issue = new LinkedHashMap<String, String>();
    issue.put("severity", severity);
    issue.put("location", location);
    issue.put("message", message);
    issue.put("messageId", messageId);
    return issue;
  }

  private PrePopulatedValidationSupport definitions(List<String> folders) throws IOException {
    var resources = new ArrayList<IBaseResource>();
    for (String folder : folders) {
      try (var files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(each -> each.toString().matches(".*[.](xml|json)")).sorted().toList()) {
          resources.add(parse(context, Files.readString(file)));
        }
      }
    }
    var definitions = new PrePopulatedValidationSupport(context);
    for (IBaseResource resource : resources) {
      if (resource instanceof StructureDefinition || resource instanceof CodeSystem || resource instanceof ValueSet) {
        definitions.addResource(resource);
      }
    }
    return definitions;
  }

  /** Takes out the slices of extensions nobody here defines: no snapshot can be made with them. */
  private List<String> dropUnknownExtensions(IValidationSupport definitions) {
    var known = new ValidationSupportChain(definitions, new DefaultProfileValidationSupport(context));
    var dropped = new ArrayList<String>();
    for (IBaseResource resource : definitions.fetchAllNonBaseStructureDefinitions()) {
      var elements = ((StructureDefinition) resource).getDifferential().getElement();
      for (ElementDefinition element : List.copyOf(elements)) {
        for (var type : element.getType()) {
          for (var profile : type.getProfile()) {
            if (type.getCode().equals("Extension") && known.fetchStructureDefinition(profile.getValue()) == null) {
              dropped.add(element.getId() + " " + profile.getValue());
              elements.removeIf(each -> (each.getId() + ".").startsWith(element.getId() + "."));
            }
          }
        }
      }
    }
    return dropped;
  }

  private static IBaseResource parse(FhirContext context, String text) {
    return text.stripLeading().startsWith("{")
        ? context.newJsonParser().parseResource(text)
        : context.newXmlParser().parseResource(text);
  }

  /** Judges by the code systems at hand; a code of any other system may pass, and is listed as not verified. */
  private static final class LocalTerminology extends InMemoryTerminologyServerValidationSupport {

    private final CommonCodeSystemsTerminologyService common;
    private ValidationSupportContext everything;

    LocalTerminology(FhirContext context) {
      super(context);
      common = new CommonCodeSystemsTerminologyService(context);
    }

    boolean knows(String system) {
      return common.isCodeSystemSupported(everything, system)
          || everything.getRootValidationSupport().fetchCodeSystem(system) instanceof CodeSystem found
              && found.hasConcept();
    }

    @Override
    public boolean isCodeSystemSupported(ValidationSupportContext support, String system) {
      return true;
    }

    @Override
    public CodeValidationResult validateCode(
        ValidationSupportContext support,
        ConceptValidationOptions options,
        String system,
        String code,
        String display,
        String valueSet) {
      return valueSet == null && system != null && !knows(system)
          ? new CodeValidationResult().setCode(code)
          : super.validateCode(support, options, system, code, display, valueSet);
    }

    @Override
    public CodeValidationResult validateCodeInValueSet(
        ValidationSupportContext support,
        ConceptValidationOptions options,
        String system,
        String code,
        String display,
        IBaseResource valueSet) {
      return system != null && !knows(system) && !decides((ValueSet) valueSet, system)
          ? new CodeValidationResult().setCode(code)
          : super.validateCodeInValueSet(support, options, system, code, display, valueSet);
    }

    /** Whether the value set alone tells which codes of the system belong to it. */
    private static boolean decides(ValueSet valueSet, String system) {
      return valueSet.getCompose().getInclude().stream()
          .allMatch(part -> !part.hasValueSet() && (part.hasConcept() || !system.equals(part.getSystem())));
    }
  }
}
