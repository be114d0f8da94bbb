import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { EVENTS, happeningsOf } from "../../src/entry/happenings.ts";
import { deliveredMessages, waiting } from "../../src/entry/lambda/message.ts";
import { readMessage } from "../../src/entry/lambda/read-message.ts";

type Payload = Readonly<Record<string, unknown>>;
const recorded: readonly { readonly name: string; readonly examples: readonly Payload[] }[] = createRequire(
  import.meta.url,
)("@octokit/webhooks-examples");
const INSTALLATION = { id: 5 };
const REPOSITORY = { id: 2, name: "shop", owner: { login: "acme" } };
const WHERE = { installation: 5, repository: { id: 2, name: "shop", owner: "acme" } };
const about = (more: object) => ({ installation: INSTALLATION, repository: REPOSITORY, ...more });

/** All that GitHub recorded, as if it came from an installation of ours. */
const deliveries = recorded.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ name, payload: { ...payload, installation: INSTALLATION } })),
);

describe("what GitHub recorded", () => {
  const meant = deliveries.map((one) => ({ ...one, happenings: happeningsOf(one.name, one.payload) }));

  it("means something for every event the App listens to, and nothing for any other", () => {
    const names = new Set(meant.filter(({ happenings }) => happenings.length > 0).map(({ name }) => name));
    const listened = new Set(EVENTS.map((name) => name.split(".")[0]));
    expect([...names].filter((name) => !listened.has(name))).toEqual([]);
    for (const name of ["push", "pull_request", "deployment", "deployment_status", "check_run"])
      expect([...names]).toContain(name);
  });

  it("goes through the queue as it is, in a message that SQS takes and AWS carries", () => {
    for (const { happenings } of meant) {
      for (const message of deliveredMessages("0b989ba4-242f-11e5-81e1-c7b6966d2516", happenings)) {
        const { id, group, body } = waiting(message);
        expect(readMessage(body)).toEqual(message);
        expect(id).toMatch(/^[\w/.@-]{1,128}$/);
        expect(group).toMatch(/^[\w/.@-]{1,128}$/);
        expect(body.length).toBeLessThan(1_000);
      }
    }
  });
});

it.each([
  ["no installation", { repository: REPOSITORY }],
  ["no repository", { installation: INSTALLATION }],
  ["no owner", about({ repository: { id: 2, name: "shop", owner: null } })],
])("a push from %s means nothing", (_, payload) => expect(happeningsOf("push", payload)).toEqual([]));

it("a push says whose it was, so that our own needs no look", () => {
  expect(happeningsOf("push", about({ sender: { login: "sluice[bot]" } }))).toEqual([
    { ...WHERE, what: { kind: "push" }, by: "sluice[bot]" },
  ]);
});

it("a pull request that was edited is looked at when its base changed, not for its title or text", () => {
  const edit = (changes: object) =>
    happeningsOf("pull_request", about({ action: "edited", changes, pull_request: { number: 7 } }));
  expect(edit({ title: { from: "Old" } })).toEqual([]);
  expect(edit({ body: { from: "Old" } })).toEqual([]);
  expect(edit({ base: { ref: { from: "develop" }, sha: { from: "abc" } } })).toMatchObject([
    { what: { kind: "proposal", pull: 7 } },
  ]);
});

it("a comment is taken along by its number alone, if it is a person's command on a pull request", () => {
  const comment = (body: string, more: object = {}, issue: object = { pull_request: {} }) =>
    happeningsOf(
      "issue_comment",
      about({ action: "created", issue, comment: { id: 9, body, user: { type: "User" }, ...more } }),
    );
  expect(comment("/canary 25")).toEqual([{ ...WHERE, what: { kind: "comment", comment: 9 }, by: null }]);
  expect(comment("nice")).toEqual([]);
  expect(comment("/canary 25", { user: { type: "Bot" } })).toEqual([]);
  expect(comment("/canary 25", {}, {})).toEqual([]);
});

it("a click of a person is taken along as it was said, one of a bot is not", () => {
  const click = (type: string) =>
    happeningsOf(
      "check_run",
      about({
        action: "requested_action",
        check_run: { id: 3, external_id: "checkout#7" },
        requested_action: { identifier: "approve" },
        sender: { login: "ada", type },
      }),
    );
  const said = { run: 3, release: "checkout#7", action: "approve", by: "ada" };
  expect(click("User")).toEqual([{ ...WHERE, what: { kind: "click", click: said }, by: null }]);
  expect(click("Bot")).toEqual([]);
});

it("a check that is run again is a look, and one at each pull request it was for", () => {
  const check_run = { pull_requests: [{ number: 4 }, { number: 5 }] };
  const found = happeningsOf("check_run", about({ action: "rerequested", check_run }));
  expect(found.map(({ what }) => what)).toEqual([
    { kind: "check" },
    { kind: "proposal", pull: 4 },
    { kind: "proposal", pull: 5 },
  ]);
});

it("a payload without what it must have is refused in words that quote nothing of it", () => {
  const payload = about({ action: "opened", note: "a secret" });
  expect(() => happeningsOf("pull_request", payload)).toThrow("no number at pull_request.number");
});

it.each(["{", "{}", '{"kind":"look"}', '{"kind":"look","id":"1","tries":0,"cause":{"kind":"timer"}}'])(
  "a message that we never wrote is refused: %s",
  (body) => expect(() => readMessage(body)).toThrow(/message/i),
);

it("a dispatch of our type is taken along as it was sent, cut where it is longer than anything that is followed", () => {
  const dispatch = (client_payload: unknown, action = "sluice") =>
    happeningsOf("repository_dispatch", about({ action, client_payload, sender: { login: "dev" } }));
  const sent = { rollout: "checkout", image: "shop:2", sha: "f".repeat(40), at: "1700000000" };
  const what = { kind: "dispatch", dispatch: { ...sent, at: 1_700_000_000, by: "dev" } } as const;
  expect(dispatch(sent)).toEqual([{ ...WHERE, what, by: null }]);
  expect(dispatch(sent, "other")).toEqual([]);
  const nothing = { rollout: null, image: "", sha: null, at: null, by: "dev" };
  for (const odd of [null, [], { image: 7, sha: {}, at: "soon", rollout: false }]) {
    expect(dispatch(odd)).toEqual([{ ...WHERE, what: { kind: "dispatch", dispatch: nothing }, by: null }]);
  }
  for (const odd of [null, "", " 5 ", "0x10", "-1", [], [5], true, {}]) {
    const [one] = dispatch({ ...sent, at: odd });
    expect(one?.what).toMatchObject({ dispatch: { at: null } });
  }
  const [long] = dispatch({ image: "i".repeat(9000), sha: "s".repeat(9000), rollout: "r".repeat(9000) });
  const [message] = deliveredMessages("guid", long ? [long] : []);
  if (!message) throw new Error("no message");
  expect(readMessage(waiting(message).body)).toEqual(message);
  expect(waiting(message).body.length).toBeLessThan(2_000);
});
