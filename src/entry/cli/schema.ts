import { schemaText } from "../../config/reference.ts";
import type { Command } from "./command.ts";

export const schema: Command = {
  name: "schema",
  usage: "",
  summary: "print the JSON Schema of .github/sluice.yaml, for editors",
  operands: { min: 0, max: 0 },
  options: {},
  run: () => Promise.resolve({ ok: true, stdout: schemaText() }),
};
