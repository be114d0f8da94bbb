import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import { configText, outline, problemsIn, problemsWith, rolloutWith } from "./helpers.ts";

const first = (keys: Readonly<Record<string, string | null>>, top?: string) => {
  const [problem] = problemsWith(keys, top);
  return `${problem?.code}: ${problem?.message}`;
};

describe("defaults", () => {
  it("a rollout that says only what it must gets the documented rest", () => {
    expect(rolloutWith()).toEqual({
      name: "checkout",
      mesh: "istio",
      namespace: "shop",
      service: "checkout",
      prometheus: "production",
      cluster: null,
      targets: [{ file: "mesh/checkout.yaml", stable: "v1", canary: "v2" }],
      workloads: { stable: "apps/v1.yaml", canary: "apps/v2.yaml" },
      on: { kind: "merge" },
      steps: [{ weight: 100, routes: [], bake: 60_000, approval: false }],
      auto: false,
      slos: [{ kind: "errorRate", max: 0.05, mode: "sequential" }],
      minRequests: 50,
      confidence: { falseRollback: 0.01 },
      live: { after: 120_000 },
      // biome-ignore lint/suspicious/noThenProperty: plain data that nobody awaits
      holds: { limit: 1_800_000, then: "rollback", remind: 86_400_000 },
      windows: [],
      freezes: [],
      rollback: { merge: "auto", revert: true, traffic: "with-merge", deadline: 30_000, bypass: "hold" },
      promotion: { strategy: "copy", settle: 300_000 },
      supersede: "refuse",
      delivery: "commit",
      environment: null,
      commit: { message: "{rollout}: {what}", skipCi: false },
      approvers: [],
    });
  });

  it("without `branch` the repository's default branch is meant", () => {
    expect(parseConfig("f", configText())).toMatchObject({ config: { version: 1, branch: null } });
    expect(parseConfig("f", configText({}, "prometheus: p\nbranch: env/prod"))).toMatchObject({
      config: { branch: "env/prod" },
    });
  });

  it("a rollout's own metrics source goes before the file's", () => {
    expect(rolloutWith({ prometheus: "staging" }).prometheus).toBe("staging");
    expect(rolloutWith({ prometheus: "staging" }, "").prometheus).toBe("staging");
    expect(first({}, "")).toMatch(/^missing-key: `prometheus` is missing: name a metrics source/);
  });
});

describe("what starts a release", () => {
  it.each([
    ["merge", { kind: "merge" }],
    ["command", { kind: "command" }],
    ["{ deployment: { environment: prod } }", { kind: "deployment", environment: "prod", when: "success" }],
    [
      "{ deployment: { environment: prod, when: created } }",
      { kind: "deployment", environment: "prod", when: "created" },
    ],
    ['{ schedule: "0 9 * * 1-5" }', { kind: "schedule", cron: "0 9 * * 1-5", zone: "UTC" }],
    [
      '{ schedule: "*/15  8-17 1,15 jan-MAR MON", zone: Europe/Berlin }',
      { kind: "schedule", cron: "*/15 8-17 1,15 jan-MAR MON", zone: "Europe/Berlin" },
    ],
  ])("on: %s", (yaml, on) => {
    expect(rolloutWith({ on: yaml }).on).toEqual(on);
  });

  it.each([
    ["schedule", /^unknown-value: Say when: `on: \{ schedule/],
    ["{ schedule: daily }", /^bad-schedule: `daily` is no schedule of five fields/],
    ['{ schedule: "@daily" }', /^bad-schedule/],
    ['{ schedule: "0 0 9 * * 1-5" }', /^bad-schedule/],
    ['{ schedule: "0 9 L * *" }', /^bad-schedule/],
    [`{ schedule: "${Array(60).fill("0").join()} 9 * * *" }`, /^bad-schedule: .* is no schedule of five/],
    ['{ schedule: "60 9 * * *" }', /^bad-schedule/],
    ['{ schedule: "0 9 30 2 *" }', /^bad-schedule: `0 9 30 2 \*` never comes/],
    ['{ schedule: "0 9 * * *", zone: Europe/Berln }', /^bad-zone: .*Did you mean `Europe\/Berlin`/],
    ['{ schedule: "0 9 * * *", zone: "+02:00" }', /^bad-zone/],
    ['{ schedule: "0 9 * * *", deployment: { environment: prod } }', /^conflict: One of them/],
    ["{ zone: UTC }", /^conflict: One of them/],
    ["{ deployment: { environment: prod }, zone: UTC }", /^conflict: `zone` belongs/],
    ["deployment", /^unknown-value: Say which environment/],
    ["mrege", /^unknown-value: .*Did you mean `merge`/],
    ["{ deployment: { environment: prod, when: failure } }", /^unknown-value: .*`success`, `created`/],
    ["5", /^wrong-type: Write `merge`/],
  ])("on: %s is refused", (yaml, message) => {
    expect(first({ on: yaml })).toMatch(message);
  });
});

describe("objectives", () => {
  it.each([
    ["errorRate: { max: 5% }", { kind: "errorRate", max: 0.05, mode: "sequential" }],
    ["errorRate: { max: 0.5 % }", { kind: "errorRate", max: 0.005, mode: "sequential" }],
    ["errorRate: { max: 0.05 }", { kind: "errorRate", max: 0.05, mode: "sequential" }],
    ["errorRate: { max: 0% }", { kind: "errorRate", max: 0, mode: "sequential" }],
    [
      "latency: { quantile: 0.99, max: 500ms }",
      { kind: "latency", quantile: 0.99, max: 500, mode: "sequential" },
    ],
    [
      "latency: { quantile: 0.5, max: 0.5s }",
      { kind: "latency", quantile: 0.5, max: 500, mode: "sequential" },
    ],
    ["query: up, max: 0", { kind: "query", query: "up", min: null, max: 0 }],
    ["query: up, min: -1, max: 1.5", { kind: "query", query: "up", min: -1, max: 1.5 }],
  ])("%s", (yaml, slo) => {
    expect(rolloutWith({ slos: `[{ ${yaml} }]` }).slos).toEqual([slo]);
  });

  it.each([
    ["[]", /^out-of-range: At least one SLO/],
    ["[{ errorRate: { max: 5 } }]", /^bad-percentage: .*Write `5%`/],
    ["[{ errorRate: { max: 1 } }]", /^bad-percentage: .*Write `1%`/],
    ["[{ errorRate: { max: 100% } }]", /^out-of-range: .*under 100%/],
    ["[{ errorRate: { max: five } }]", /^bad-percentage/],
    ["[{ errorRate: 5% }]", /^wrong-type: Write `errorRate: { max: 5% }`/],
    ["[{ errorRate: { } }]", /^missing-key: `max` is missing/],
    ["[{ errorRate: { max: 5% }, max: 3 }]", /^conflict: Only a query has a limit beside it/],
    [
      "[{ errorRate: { max: 5% }, latency: { quantile: 0.9, max: 1s } }]",
      /^conflict: One item holds one SLO/,
    ],
    ["[{ latency: { quantile: 99, max: 500ms } }]", /^out-of-range: .*write `0.99`/],
    ["[{ latency: { quantile: 0.99, max: 500 } }]", /^wrong-type: A bare number has no unit/],
    ["[{ latency: { quantile: 0.99, max: 0s } }]", /^out-of-range/],
    ["[{ query: up }]", /^conflict: A query needs a limit/],
    ["[{ query: up, min: 2, max: 1 }]", /^conflict: No number/],
    ["[{ query: up, max: .inf }]", /^wrong-type/],
    ["[{ query: '', max: 1 }]", /^out-of-range/],
    ["[{ errorrate: { max: 5% } }]", /^unknown-key: .*Did you mean `errorRate`/],
  ])("%s is refused", (yaml, message) => {
    expect(first({ slos: yaml })).toMatch(message);
  });
});

describe("the other keys", () => {
  it.each([
    [{ bake: "1h30m" }, { steps: [{ weight: 100, routes: [], bake: 5_400_000, approval: false }] }],
    [{ live: "{ after: 90s }" }, { live: { after: 90_000 } }],
    [
      { holds: "{ limit: 10m, then: stay, remind: 0s }" },
      // biome-ignore lint/suspicious/noThenProperty: plain data that nobody awaits
      { holds: { limit: 600_000, then: "stay", remind: 0 } },
    ],
    [
      { rollback: "{ merge: manual, traffic: immediate }" },
      { rollback: { merge: "manual", traffic: "immediate" } },
    ],
    [{ rollback: "{ revert: false, deadline: 1m }" }, { rollback: { revert: false, deadline: 60_000 } }],
    [{ promotion: "copy" }, { promotion: { strategy: "copy", settle: 300_000 } }],
    [{ promotion: "{ strategy: copy, settle: 1m }" }, { promotion: { strategy: "copy", settle: 60_000 } }],
    [{ supersede: "restart" }, { supersede: "restart" }],
    [{ delivery: "pull-request" }, { delivery: "pull-request" }],
    [{ approvers: "[ada, grace-hopper, x_corp]" }, { approvers: ["ada", "grace-hopper", "x_corp"] }],
    [{ mesh: "istio-ambient" }, { mesh: "istio-ambient" }],
    [
      { targets: "[{ file: a.yaml, kind: HTTPRoute, name: web, route: 'rules[1]', stable: a, canary: b }]" },
      {
        targets: [
          { file: "a.yaml", kind: "HTTPRoute", name: "web", route: "rules[1]", stable: "a", canary: "b" },
        ],
      },
    ],
  ])("%o", (keys, expected) => {
    expect(rolloutWith(keys)).toMatchObject(expected);
  });

  it.each([
    [{ mesh: "istoi" }, /^unknown-value: `istoi` is not known here\. Did you mean `istio`\? Known: `istio`/],
    [{ bake: "5" }, /^wrong-type: A bare number has no unit/],
    [{ bake: "5 minutes" }, /^bad-duration/],
    [{ bake: "1000h" }, /^bad-duration/],
    [{ bake: "2d" }, /^bad-duration: `2d` is no duration.*at most `480h`, and no days/],
    [{ holds: "{ then: wait }" }, /^unknown-value/],
    [{ rollback: "{ traffic: immediate }" }, /^conflict: `traffic: immediate` needs `merge: manual`/],
    [{ rollback: "{ revert: yes }" }, /^wrong-type: Found text where `true` or `false` belongs/],
    [{ promotion: "swap" }, /^not-available: `swap`/],
    [{ promotion: "{ strategy: none }" }, /^not-available: `none`/],
    [{ supersede: "replace" }, /^unknown-value/],
    [{ approvers: '["@ada"]' }, /^bad-name: .*Leave out the `@`/],
    [{ approvers: "[acme/platform]" }, /^bad-name: .*`@acme\/payments`/],
    [{ approvers: '["@acme/The Platform"]' }, /^bad-name: .*by its slug/],
    [{ approvers: '["@acme"]' }, /^bad-name: .*Leave out the `@` of a person/],
    [{ approvers: '["sluice[bot]"]' }, /^bad-name: .*bot/],
    [{ approvers: "ada" }, /^wrong-type: Found text where a list belongs/],
    [{ minRequests: "0" }, /^out-of-range: At least 1/],
    [{ minRequests: "many" }, /^wrong-type: Found text where a whole number belongs/],
    [{ namespace: "Shop" }, /^bad-name/],
    [{ service: "checkout.shop.svc" }, /^bad-name: .*Write its first part alone: `checkout`/],
    [{ targets: "[]" }, /^out-of-range: At least one target/],
    [{ targets: "[{ file: a.yaml, stable: v1, canary: v1 }]" }, /^conflict: .*two sides/],
    [{ targets: "[{ file: a.yaml, stable: 1, canary: v1 }]" }, /^wrong-type: .*quotes/],
    [{ targets: "[{ file: a.yaml, canary: v1 }]" }, /^missing-key: `stable` is missing/],
    [{ workloads: "{ stable: a.yaml }" }, /^missing-key: `canary` is missing/],
    [{ workloads: "{ stable: a.yaml, canary: a.yaml }" }, /^conflict: .*same file/],
    [{ prometheus: "http://metrics.internal:9090" }, /^metrics-address: .*operator/],
    [{ cluster: "https://10.0.0.1:6443" }, /^cluster-address: .*operator/],
    [{ prometheusUrl: "http://metrics.internal:9090" }, /^unknown-key: .*operator/],
    [{ windows: "{ allow: always }" }, /^bad-window/],
    [
      { windows: "{ allow: Mon-Fri 09:00-17:00 Europe/Berlni }" },
      /^bad-window: .*Did you mean `Europe\/Berlin`/,
    ],
  ])("%o is refused", (keys, message) => {
    expect(first(keys)).toMatch(message);
  });

  it("a value longer than any is refused for its length, whatever its key", () => {
    for (const key of ["service", "bake", "mesh", "prometheus"]) {
      expect(first({ [key]: "s".repeat(4097) })).toBe("out-of-range: It has more than 4096 characters.");
      expect(first({ [key]: "s".repeat(4096) })).not.toMatch(/^out-of-range/);
    }
  });

  it("an address of metrics does not come back in the message", () => {
    const problems = problemsWith({ prometheus: "https://user:hunter2@metrics.internal" });
    expect(JSON.stringify(problems)).not.toContain("hunter2");
  });
});

describe("paths", () => {
  it.each(["mesh/checkout.yaml", "a b/ü.yaml", "..x/y...yaml", ".github/mesh.yaml"])(
    "%s is a path",
    (path) => {
      expect(
        rolloutWith({ workloads: `{ stable: ${JSON.stringify(path)}, canary: c.yaml }` }).workloads.stable,
      ).toBe(path);
    },
  );

  it.each([
    "",
    "/etc/passwd",
    "../other/a.yaml",
    "a/../b.yaml",
    "./a.yaml",
    "a//b.yaml",
    "a/",
    "a\\b.yaml",
    "C:/a.yaml",
    "~/a.yaml",
    ".git/config",
    "https://example.com/a.yaml",
    "a\u0007.yaml",
    "x".repeat(2000),
  ])("%j is refused", (path) => {
    expect(first({ workloads: `{ stable: ${JSON.stringify(path)}, canary: c.yaml }` })).toMatch(
      /^bad-path: /,
    );
  });
});

describe("branches", () => {
  it.each(["refs/heads/main", "sluice/state", "a..b", "a b", "-x", "x.lock", "a~1", "@", "/a", "a/"])(
    "%s is refused",
    (branch) => {
      expect(first({}, `prometheus: p\nbranch: ${JSON.stringify(branch)}`)).toMatch(/^bad-name/);
    },
  );
});

describe("several rollouts", () => {
  const two = (a: string, b: string) => {
    const text = configText({ targets: a });
    const other = configText({ targets: b }).split("rollouts:\n")[1]?.replace("checkout:", "cart:");
    return `${text}${other}`;
  };

  it("each drives its own object", () => {
    const text = two(
      "[{ file: m.yaml, name: a, stable: v1, canary: v2 }]",
      "[{ file: m.yaml, name: b, stable: v1, canary: v2 }]",
    );
    expect(parseConfig("f", text)).toMatchObject({
      ok: true,
      config: { rollouts: [{ name: "checkout" }, { name: "cart" }] },
    });
  });

  it("the same object and route in two is refused where it is said again", () => {
    const text = two(
      "[{ file: m.yaml, route: web, stable: v1, canary: v2 }]",
      "[{ file: m.yaml, route: web, stable: v3, canary: v4 }]",
    );
    expect(outline(problemsIn(text))).toEqual(["16:15 duplicate-target"]);
  });

  it("so is the same target twice in one", () => {
    const target = "{ file: m.yaml, stable: v1, canary: v2 }";
    expect(first({ targets: `[${target}, ${target}]` })).toMatch(/^duplicate-target: This rollout has/);
  });

  it.each(["start", "help", "25", "Checkout", "a_b", "-a", "x".repeat(41), "weight"])(
    "none may be called %s",
    (name) => {
      const text = configText().replace("  checkout:", `  ${name}:`);
      expect(outline(problemsIn(text))).toEqual(["4:3 bad-name"]);
    },
  );

  it.each(["a", "0day", "checkout-v2", "x".repeat(40)])("%s is a good name", (name) => {
    expect(parseConfig("f", configText().replace("  checkout:", `  ${name}:`)).ok).toBe(true);
  });

  it("none at all is an empty configuration, not an error", () => {
    expect(parseConfig("f", "version: 1\nrollouts: {}\n")).toEqual({
      ok: true,
      config: { version: 1, branch: null, rollouts: [] },
    });
  });
});

describe("confidence", () => {
  it("is a percentage over 0, 1 % unless said", () => {
    expect(rolloutWith().confidence).toEqual({ falseRollback: 0.01 });
    expect(rolloutWith({ confidence: "{ falseRollback: 0.5% }" }).confidence.falseRollback).toBe(0.005);
    expect(problemsWith({ confidence: "{ falseRollback: 0% }" })).toMatchObject([
      { message: expect.stringContaining("over 0%") },
    ]);
  });
});

describe("commit", () => {
  const top = (message: string) => `prometheus: production\ncommit: { message: ${JSON.stringify(message)} }`;

  it("words the commits of every rollout", () => {
    expect(rolloutWith({}, top("chore({rollout}): {what}")).commit).toEqual({
      message: "chore({rollout}): {what}",
      skipCi: false,
    });
  });

  it.each([
    ["chore: weights", "out-of-range: It must have `{what}`, which says what changes."],
    ["{what} for {team}", "unknown-value: `{team}` is none of {rollout}, {release}, {what}."],
    ["{what}\nSluice-Effect: checkout#7.3", "out-of-range: It must be one line of up to 80 characters."],
  ])("refuses %j", (message, problem) => {
    expect(first({}, top(message))).toBe(problem);
  });
});
