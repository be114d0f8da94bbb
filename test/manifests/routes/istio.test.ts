import { describe, expect, it } from "vitest";
import { chooseSplit, findBypasses, setWeights } from "../../../src/manifests/index.ts";
import { problem, value } from "../helpers.ts";
import { BETA, beside, cookie, header, headerRoute, mirrorRoute } from "./helpers.ts";

const HEAD = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: web\nspec:\n";

const TEXT = `${HEAD}  http:
    # mobile users
    - name: mobile
      match:
        - headers: {user-agent: {regex: ".*Mobile.*"}}
      route:
        - destination: {host: web, subset: v1}
      # of mobile
    # everybody else
    - match:
        - uri: {prefix: /shop}
        - uri:
            exact: '/'
      retries:
        attempts: 3 # enough
        retryOn: 5xx,reset
      timeout: 5s
      route:
        - destination: {host: web, subset: v1}
          weight: 90
        - destination:
            host: web # here
            subset: v2
          headers: {response: {set: {x-side: canary}}}
          weight: 10
    # end
`;

describe("a header route of Istio", () => {
  it("is a rule right before the split's, above its comment, with all its policy and each of its matches", () => {
    expect(beside(TEXT).with(BETA)).toBe(
      TEXT.replace(
        "    # everybody else\n",
        `    - name: sluice-beta
      match:
        - uri: {prefix: /shop}
          headers:
            x-beta:
              exact: "yes"
        - uri:
            exact: '/'
          headers:
            x-beta:
              exact: "yes"
      retries:
        attempts: 3
        retryOn: 5xx,reset
      timeout: 5s
      route:
        - destination:
            host: web
            subset: v2
          headers: {response: {set: {x-side: canary}}}
    # everybody else
`,
      ),
    );
  });

  it("has a match for each header that is enough, and a cookie is a part of the cookie header", () => {
    const route = headerRoute(
      header("x-a", "1", "prefix"),
      cookie("ab.c", "a+b"),
      cookie("d", "x|y", "regex"),
    );
    const text = beside(TEXT.replace(/ {6}- match:[\s\S]*? {6}retries/, "      - retries")).with(route);
    expect(text).toContain('x-a:\n              prefix: "1"\n');
    expect(text).toContain(String.raw`regex: '^(.*; ?)?ab\.c=a\+b(;.*)?$'`);
    expect(text).toContain('regex: "^(.*; ?)?d=(?:x|y)(;.*)?$"');
  });

  it("comes and goes to the byte, also with other weights meanwhile and under another policy", () => {
    const inside = beside(TEXT).with(BETA);
    expect(beside(inside).standing(BETA)).toEqual([BETA]);
    expect(beside(inside).with(BETA)).toBe(inside);
    expect(beside(inside).without(BETA)).toBe(TEXT);
    expect(beside(TEXT).without(BETA)).toBe(TEXT);
    expect(beside(TEXT).standing(BETA)).toEqual([]);
    const weights = new Map([
      ["v1", 1],
      ["v2", 99],
    ]);
    const moved = value(setWeights("f", inside, {}, weights));
    expect(beside(moved).standing(BETA)).toEqual([BETA]);
    expect(beside(moved).without(BETA)).toBe(value(setWeights("f", TEXT, {}, weights)));
    const slower = (text: string) =>
      text.replace(
        "timeout: 5s\n      route:\n        - destination: {host: web, subset: v1}\n          weight",
        "timeout: 9s\n      route:\n        - destination: {host: web, subset: v1}\n          weight",
      );
    expect(slower(inside)).not.toBe(inside);
    expect(beside(slower(inside)).standing(BETA)).toEqual([]);
    expect(value(beside(slower(inside)).change([BETA], [BETA]))).toBe(slower(inside));
    expect(beside(slower(inside)).without(BETA)).toBe(slower(TEXT));
  });

  it("does not change what the split is called by, and is no bypass", () => {
    const inside = beside(TEXT).with(BETA);
    expect(value(chooseSplit("f", TEXT, { route: "http[1]" })).arms).toEqual(
      value(chooseSplit("f", inside, { route: "http[1]" })).arms,
    );
    const sides = { stable: "v1", canary: "v2" };
    expect(value(findBypasses("f", inside, {}, sides, [BETA]))).toEqual([]);
    expect(value(findBypasses("f", inside, {}, sides, []))).toHaveLength(1);
  });

  it("is refused where a rule takes its requests or has its name, with that rule's line", () => {
    const other = "    - name: sluice-beta\n      route: [{destination: {host: web, subset: v1}}]\n";
    const named = problem(
      beside(TEXT.replace("    # everybody", `${other}    # everybody`)).change([], [BETA]),
    );
    expect(named.message).toContain("stands on line 14");
    const inside = beside(TEXT).with(BETA);
    const renamed = problem(beside(inside.replace("sluice-beta", "mine")).change([], [BETA]));
    expect(renamed).toMatchObject({ code: "no-route" });
    expect(renamed.message).toContain("stands on line 14");
    const own = TEXT.replace("- uri: {prefix: /shop}", "- headers: {X-Beta: {exact: a}}");
    expect(problem(beside(own).change([], [BETA])).message).toContain("asks for the header x-beta itself");
  });

  it("writes aliases and merges out, and stays off a list that is used twice", () => {
    const merged = `${HEAD.replace("spec", "x: &policy {timeout: 5s, retries: &r {attempts: 2}}\nspec")}  http:
  - <<: *policy
    route: [{destination: {host: web, subset: v1}, weight: 1}, {destination: {host: web, subset: v2}}]
`;
    expect(beside(merged).with(BETA)).toBe(
      merged.replace(
        "  - <<",
        `  - name: sluice-beta
    match:
    - headers:
        x-beta:
          exact: "yes"
    timeout: 5s
    retries: {attempts: 2}
    route:
    - {destination: {host: web, subset: v2}}
  - <<`,
      ),
    );
    const shared = merged.replace("http:", "http: &list").concat("y: *list\n");
    expect(problem(beside(shared).change([], [BETA]))).toMatchObject({ code: "shared" });
  });

  it("is a rule of JSON in JSON, between brackets between brackets, and has the file's line breaks", () => {
    const object = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "web" },
      spec: {
        http: [
          {
            timeout: "5s",
            route: [
              { destination: { host: "web", subset: "v1" }, weight: 90 },
              { destination: { host: "web", subset: "v2" }, weight: 10 },
            ],
          },
        ],
      },
    };
    const rule = {
      name: "sluice-beta",
      match: [{ headers: { "x-beta": { exact: "yes" } } }],
      timeout: "5s",
      route: [{ destination: { host: "web", subset: "v2" } }],
    };
    const after = { ...object, spec: { http: [rule, ...object.spec.http] } };
    for (const indent of [undefined, 2, "\t"]) {
      const before = JSON.stringify(object, null, indent);
      const inside = beside(before).with(BETA);
      expect(inside).toBe(JSON.stringify(after, null, indent));
      expect(beside(inside).without(BETA)).toBe(before);
    }
    const flow = `${HEAD}  http: [ { route: [ { destination: { host: web, subset: v1 }, weight: 9 }, { destination: { host: web, subset: v2 } } ] } ] # all`;
    expect(beside(flow).with(BETA)).toBe(
      flow.replace(
        "http: [ {",
        'http: [ { name: sluice-beta, match: [{ headers: { x-beta: { exact: "yes" } } }], route: [{ destination: { host: web, subset: v2 } }] }, {',
      ),
    );
    const crlf = `\uFEFF${TEXT.trimEnd().replaceAll("\n", "\r\n")}`;
    const inside = beside(crlf).with(BETA, mirrorRoute(50));
    expect(inside.replaceAll("\r\n", "")).not.toContain("\n");
    expect(beside(inside).without(BETA, mirrorRoute(50))).toBe(crlf);
  });

  it("needs an http rule", () => {
    const tcp = `${HEAD}  tcp:\n  - route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 1}]\n`;
    const sides = { stable: "a", canary: "b" };
    expect(problem(beside(tcp, sides).change([], [BETA])).message).toContain(
      "only its http rules have headers",
    );
    expect(problem(beside(tcp, sides).change([], [mirrorRoute(5)])).message).toContain("only its http rules");
  });
});

describe("a mirror route of Istio", () => {
  const plain = `${HEAD}  http:
  - route:
    - destination: {host: web, subset: v1}
      weight: 90
    - destination: {host: web, subset: v2}
      weight: 10
`;

  it("is an item of mirrors, whose key comes and goes with it", () => {
    const inside = beside(plain).with(mirrorRoute(2.5));
    expect(inside).toBe(
      `${plain}    mirrors:\n    - destination: {host: web, subset: v2}\n      percentage:\n        value: 2.5\n`,
    );
    expect(beside(inside).standing(mirrorRoute(2.5), mirrorRoute(3))).toEqual([mirrorRoute(2.5)]);
    expect(beside(inside).without(mirrorRoute(2.5))).toBe(plain);
    const more = value(beside(inside).change([mirrorRoute(2.5)], [mirrorRoute(100)]));
    expect(more).toBe(inside.replace("2.5", "100"));
  });

  it("stands beside mirrors that are there, and goes alone", () => {
    const text = plain.replace("  - route", "  - mirrors:\n    - destination: {host: log}\n    route");
    const inside = beside(text).with(mirrorRoute(10));
    expect(inside).toContain(
      "    - destination: {host: log}\n    - destination: {host: web, subset: v2}\n      percentage:\n        value: 10\n    route:",
    );
    expect(beside(inside).without(mirrorRoute(10))).toBe(text);
  });

  it("is not in the header route, and the person's other mirrors are", () => {
    const text = plain.replace("  - route", "  - mirrors:\n    - destination: {host: log}\n    route");
    const inside = beside(text).with(mirrorRoute(10), BETA);
    const [rule = ""] = /- name: sluice-beta[\s\S]*?subset: v2/.exec(inside) ?? [];
    expect(rule).toContain("destination: {host: log}");
    expect(rule).not.toContain("percentage");
    expect(beside(inside).standing(BETA, mirrorRoute(10))).toHaveLength(2);
    expect(beside(inside).without(BETA, mirrorRoute(10))).toBe(text);
  });

  it("is a pair of keys in objects that mirror so", () => {
    const text = `${plain}  - match: [{port: 8080}]\n    route: [{destination: {host: web, subset: v1}}]\n    mirror: {host: log}`;
    const inside = beside(text).with(mirrorRoute(10));
    expect(inside).toBe(
      text.replace(
        "      weight: 10\n",
        "      weight: 10\n    mirror: {host: web, subset: v2}\n    mirrorPercentage:\n      value: 10\n",
      ),
    );
    expect(beside(inside).standing(mirrorRoute(10))).toHaveLength(1);
    expect(beside(inside).without(mirrorRoute(10))).toBe(text);
    const taken = text.replace("weight: 10\n", "weight: 10\n    mirror: {host: log}\n");
    expect(problem(beside(taken).change([], [mirrorRoute(10)])).message).toContain("it has `mirror` already");
    expect(beside(taken).without(mirrorRoute(10))).toBe(taken);
  });

  it("is refused where a person mirrors to the canary already", () => {
    const text = `${plain}    mirrors: [{destination: {host: web, subset: v2}}]\n`;
    const refused = problem(beside(text).change([], [mirrorRoute(10)]));
    expect(refused.message).toContain("something like it stands on line 12");
    expect(problem(beside(`${plain}    mirrors: []\n`).change([], [mirrorRoute(10)])).message).toContain(
      "is empty",
    );
  });
});

describe("what is hostile", () => {
  const arms = "route: [{destination: {host: a}, weight: 1}, {destination: {host: b}}]";
  const sides = { stable: "a", canary: "b" };

  it("holds itself, or stands for more than memory holds: refused in words, and soon", () => {
    const itself = `${HEAD}  http:\n  - &a\n    ${arms}\n    x: *a\n`;
    expect(problem(beside(itself, sides).change([], [BETA])).message).toContain("too large or strange");
    const levels = Array.from(
      { length: 30 },
      (_, n) => `l${n}: &l${n} [${n === 0 ? "x" : `*l${n - 1}, *l${n - 1}`}]\n`,
    );
    const bomb = `${levels.join("")}${HEAD}  http:\n  - ${arms}\n    x: *l29\n`;
    expect(problem(beside(bomb, sides).change([], [BETA])).message).toContain("too large or strange");
    expect(beside(bomb, sides).without(BETA)).toBe(bomb);
  });

  it("has hundreds of rules: the one is found", () => {
    const rule = (n: number) => `  - match: [{port: ${n}}]\n    ${arms}\n`;
    const text = `${HEAD}  http:\n${Array.from({ length: 400 }, (_, n) => rule(n)).join("")}`;
    const { with: put } = beside(text, sides, { route: "http[399]" });
    const inside = put(BETA);
    expect(beside(inside, sides, { route: "http[399]" }).without(BETA)).toBe(text);
  });
});
