// Reads an AsyncAPI document as its readers' tools do, and prints what is wrong with it and what it holds, as JSON.
import { Parser, fromFile } from "@asyncapi/parser";

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
const errors = diagnostics.filter((one) => one.severity === 0);
console.log(
  JSON.stringify({
    errors: errors.map((one) => `${one.path.join(".")}: ${one.message}`),
    channels: document?.channels().all().map((one) => one.address()) ?? [],
    messages: document?.messages().all().map((one) => one.name()) ?? [],
  }),
);
