import { afterEach, expect, it } from "vitest";
import { type LocalParameters, startParameters } from "../../../dev/aws/parameters.ts";
import { readSecrets } from "../../../src/adapters/aws/secrets.ts";
import { clientFor } from "./aws.ts";

let local: LocalParameters;
afterEach(() => local?.stop());

async function read(source: string, parameters: Readonly<Record<string, string>>) {
  local = await startParameters(parameters);
  return readSecrets(source, clientFor.parameters(local.endpoint));
}

it("reads every parameter right below the path, named like its variable, and no other function's", async () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`/sluice/worker/P${at}`, `${at}`]));
  const found = await read("ssm:/sluice/worker/", {
    ...many,
    "/sluice/worker/PRIVATE_KEY": "key",
    "/sluice/webhook/WEBHOOK_SECRET": "secret",
    "/sluice/worker/deeper/OTHER": "no",
  });
  expect(Object.keys(found)).toHaveLength(13);
  expect(found["PRIVATE_KEY"]).toBe("key");
});

it("a path without parameters is told", async () => {
  await expect(read("ssm:/nothing/", {})).rejects.toThrow("There are no parameters below /nothing/");
});

it("another source is told", async () => {
  await expect(read("vault:/x/", {})).rejects.toThrow("SLUICE_SECRETS must be ssm:");
  await expect(readSecrets("ssm:/x")).rejects.toThrow("ends with /");
});
