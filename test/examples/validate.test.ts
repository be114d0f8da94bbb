import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "../../src/entry/cli/run.ts";
import { EXAMPLES, filesOf, folderOf, rolloutsOf } from "./files.ts";

describe.each(EXAMPLES)("examples/%s", (example) => {
  it("is valid: every rollout has its ladder, and nothing is wrong", async () => {
    const outcome = await run(["validate", fileURLToPath(folderOf(example)), "--json"]);
    if (outcome.ok !== true) throw new Error(JSON.stringify(outcome));
    // What every team with circuit breakers has to know, and nothing else.
    const notes = (outcome.notes ?? []).filter((note) => !note.startsWith("`overflow` is read from"));
    expect(notes).toEqual([]);
    const ladders: readonly { rollout: string }[] = JSON.parse(outcome.stdout);
    expect(ladders.map(({ rollout }) => rollout)).toEqual(rolloutsOf(example).map(({ name }) => name));
  });

  it("says what it shows, and names its rollouts", () => {
    const readme = filesOf(example)["README.md"] ?? "";
    for (const { name } of rolloutsOf(example)) expect(readme).toContain(`\`${name}\``);
  });
});
