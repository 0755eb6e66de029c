import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.MemoryBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.searchparam.submit.config.SearchParamSubmitterConfig;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.rest.server.HardcodedServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** HAPI FHIR's own JPA server, R4, on loopback. Arguments: port, JDBC address of the H2 database. */
public final class FhirServer {

  private FhirServer() {}

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    System.setProperty("ascbridge.jdbc", args[1]);
    var spring = new AnnotationConfigApplicationContext(Config.class);
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    var root = new ServletContextHandler("/");
    root.addServlet(new ServletHolder(restServer(spring, port)), "/fhir/*");
    server.setHandler(root);
    server.start();
    Runtime.getRuntime().addShutdownHook(new Thread(spring::close));
    server.join();
  }

  private static RestfulServer restServer(AnnotationConfigApplicationContext spring, int port) {
    var rest = new RestfulServer(spring.getBean(FhirContext.class));
    rest.registerProviders(spring.getBean(ResourceProviderFactory.class).createProviders());
    rest.registerProvider(spring.getBean(JpaSystemProvider.class));
    rest.setServerConformanceProvider(new JpaCapabilityStatementProvider(
        rest,
        spring.getBean(IFhirSystemDao.class),
        spring.getBean(JpaStorageSettings.class),
        spring.getBean(ISearchParamRegistry.class),
        spring.getBean(IValidationSupport.class)));
    rest.setPagingProvider(spring.getBean(DatabaseBackedPagingProvider.class));
    rest.setServerAddressStrategy(new HardcodedServerAddressStrategy("http://127.0.0.1:" + port + "/fhir"));
    return rest;
  }

  @Configuration
  @EnableTransactionManagement
  @Import({
    JpaR4Config.class,
    HapiJpaConfig.class,
    JpaBatch2Config.class,
    Batch2JobsConfig.class,
    SubscriptionSubmitterConfig.class,
    SubscriptionChannelConfig.class,
    SearchParamSubmitterConfig.class,
    ThreadPoolFactoryConfig.class
  })
  static class Config {

    @Bean
    JpaStorageSettings storageSettings() {
      var settings = new JpaStorageSettings();
      settings.setAllowExternalReferences(true);
      settings.setReuseCachedSearchResultsForMillis(null);
      return settings;
    }

    @Bean
    PartitionSettings partitionSettings() {
      return new PartitionSettings();
    }

    @Bean
    SubscriptionSettings subscriptionSettings() {
      return new SubscriptionSettings();
    }

    @Bean
    IBinaryStorageSvc binaryStorage() {
      return new MemoryBinaryStorageSvcImpl();
    }

    @Bean(destroyMethod = "close")
    DataSource dataSource() {
      var source = new BasicDataSource();
      source.setDriver(new org.h2.Driver());
      source.setUrl(System.getProperty("ascbridge.jdbc"));
      source.setMaxTotal(20);
      return source;
    }

    @Bean
    LocalContainerEntityManagerFactoryBean entityManagerFactory(
        ConfigurableListableBeanFactory beans,
        FhirContext fhir,
        JpaStorageSettings settings,
        DataSource source) {
      var properties = new Properties();
      properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      properties.put("hibernate.hbm2ddl.auto", "update");
      properties.put("hibernate.search.enabled", "false");
      properties.put("hibernate.jdbc.batch_size", "20");
      var factory = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, settings);
      factory.setPersistenceUnitName("HAPI_PU");
      factory.setDataSource(source);
      factory.setJpaProperties(properties);
      return factory;
    }

    @Bean
    @Primary
    JpaTransactionManager transactionManager(EntityManagerFactory factory) {
      return new JpaTransactionManager(factory);
    }
  }
}
