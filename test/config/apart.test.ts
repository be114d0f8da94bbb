import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commitIn, hasImageName, imageAt, isImageOf } from "../../src/config/image.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { configText, outline, problemsIn, problemsWith, rolloutWith } from "./helpers.ts";

const FROM = "repository: acme/checkout, image: ghcr.io/acme/checkout";
const SHA = "0123456789abcdef0123456789abcdef01234567";
const DIGEST = `sha256:${"a".repeat(64)}`;

describe("a rollout whose code is elsewhere", () => {
  it("takes the newest commit's image, with its SHA as tag, unless it says more", () => {
    expect(rolloutWith({ from: `{ ${FROM} }` }).from).toEqual({
      repository: "acme/checkout",
      image: "ghcr.io/acme/checkout",
      on: { kind: "merge" },
      tag: "{sha}",
    });
    const on = "{ deployment: { environment: production } }";
    expect(rolloutWith({ from: `{ ${FROM}, on: ${on} }` }).from?.on).toEqual({
      kind: "deployment",
      environment: "production",
      when: "success",
    });
  });

  it.each([
    ["schedule", /it in the rollout's own `on`/],
    ["command", /write `on: command` in the rollout/],
    ["deployment", /Say which environment/],
    ["push", /`push` is not known here/],
  ])("is not brought on %s, and says what instead", (on, words) => {
    expect(problemsWith({ from: `{ ${FROM}, on: ${on} }` })[0]?.message).toMatch(words);
  });

  it("starts by no deployment beside it", () => {
    const on = "{ deployment: { environment: production } }";
    const [problem] = problemsWith({ from: `{ ${FROM} }`, on });
    expect(problem).toMatchObject({
      code: "conflict",
      message: expect.stringContaining("say it in `from.on`"),
    });
  });

  it("takes no running release's place, and says why", () => {
    const [problem] = problemsWith({ from: `{ ${FROM} }`, supersede: "restart" });
    expect(problem).toMatchObject({ code: "conflict", message: expect.stringContaining("nothing unjudged") });
    expect(rolloutWith({ from: `{ ${FROM} }`, supersede: "refuse" }).supersede).toBe("refuse");
  });

  it.each([
    ["image", "ghcr.io/acme/checkout:1", "Leave out the tag"],
    [
      "image",
      `localhost:5000/checkout:1@${DIGEST}`,
      "Leave out the tag or digest: `localhost:5000/checkout`",
    ],
    ["image", "ghcr.io/Acme/checkout", "no image name"],
    ["image", "x".repeat(256), "no image name"],
    ["image", "ghcr.io/acme/", "no image name"],
    ["image", `ghcr.io/acme/checkout@${DIGEST}`, "Leave out the tag"],
    ["repository", "checkout", "owner and name"],
    ["repository", "acme/..", "owner and name"],
    ["repository", "acme/a/b", "owner and name"],
    ["tag", "latest", "It must have `{sha}`"],
    ["tag", "{sha}/x", "no tag"],
    ["tag", "{sha} ", "no tag"],
  ])("refuses as %s %s", (key, value, words) => {
    const said = { repository: "acme/checkout", image: "ghcr.io/acme/checkout", [key]: value };
    const from = JSON.stringify(said);
    expect(problemsWith({ from })[0]?.message).toContain(words);
  });
});

describe("a repository of code", () => {
  const alone = "version: 1\nmanifests: { repository: acme/deploy, rollouts: [checkout] }\n";

  it("names where its rollouts are, and nothing else", () => {
    expect(parseConfig("x", alone)).toEqual({
      ok: true,
      config: {
        version: 1,
        branch: null,
        rollouts: [],
        manifests: { repository: "acme/deploy", rollouts: ["checkout"] },
      },
    });
    expect(outline(problemsIn(`${alone}branch: main\n`))).toEqual(["3:1 conflict"]);
    expect(
      outline(problemsIn(configText().replace("rollouts:", `${alone.split("\n")[1]}\nrollouts:`))),
    ).toEqual(["2:1 conflict", "4:1 conflict"]);
    expect(outline(problemsIn("version: 1\n"))).toEqual(["1:1 missing-key"]);
    expect(outline(problemsIn(alone.replace("[checkout]", "[]")))).toEqual(["2:49 out-of-range"]);
  });
});

it("docs/apart.md shows what is understood", () => {
  const page = readFileSync("docs/apart.md", "utf8");
  const [here = "", there = ""] = [...page.matchAll(/```yaml\n(# [\s\S]*?|version[\s\S]*?)```/g)].map(
    ([, text]) => text,
  );
  expect(parseConfig("x", there)).toMatchObject({
    ok: true,
    config: { manifests: { rollouts: ["checkout"] } },
  });
  const from = /from:\n((?: {6}.*\n)+)/.exec(here)?.[1] ?? "";
  expect(rolloutWith({ from: `\n${from}` }).from).toMatchObject({
    repository: "acme/checkout",
    on: { kind: "dispatch" },
    image: "ghcr.io/acme/checkout",
  });
});

describe("images", () => {
  const name = "ghcr.io/acme/checkout";

  it.each([`${name}:1.0`, `${name}@${DIGEST}`, `${name}:1.0@${DIGEST}`, `${name}:${"t".repeat(128)}`])(
    "%s is that image",
    (image) => expect(isImageOf(name, image)).toBe(true),
  );

  it.each([
    name,
    `${name}-evil:1`,
    `${name}/evil:1`,
    `${name}:`,
    `${name}:1:2`,
    `${name}:1\n`,
    `${name}:1\nimage: x`,
    `${name}: 1`,
    `${name}:-1`,
    `${name}:ä`,
    `${name}:1\u200b`,
    `${name}:${"t".repeat(129)}`,
    `${name}@sha256:${"a".repeat(63)}`,
    `${name}@sha256:${"A".repeat(64)}`,
    `${name}@md5:${"a".repeat(32)}`,
    `${name}@${DIGEST}:1`,
    ` ${name}:1`,
    `evil.example.com/${name}:1`,
    "",
  ])("%j is not that image", (image) => expect(isImageOf(name, image)).toBe(false));

  it("have a commit's tag, and tell the commit", () => {
    expect(imageAt(name, "v-{short}", SHA)).toBe(`${name}:v-0123456`);
    const image = imageAt(name, "v-{sha}-x", SHA);
    expect(commitIn(name, "v-{sha}-x", image)).toBe(SHA);
    expect(commitIn(name, "v-{sha}-x", `${image}@${DIGEST}`)).toBe(SHA);
    expect(commitIn(name, "{sha}", image)).toBeNull();
    expect(commitIn(name, "v-{short}", `${name}:v-0123456`)).toBeNull();
    expect(hasImageName(name, name)).toBe(true);
    expect(hasImageName(name, `${name}-evil`)).toBe(false);
  });
});
