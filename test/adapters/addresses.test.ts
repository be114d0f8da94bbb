import { describe, expect, it } from "vitest";
import { withoutCredentials } from "../../src/adapters/addresses.ts";

describe("the addresses in a text", () => {
  it.each([
    ["https://x-access-token:ghp_secret@github.com/acme/shop", "https://…@github.com/acme/shop"],
    ["https://bot:p@ss:word@registry.example/v2", "https://…@registry.example/v2"],
    ["postgres://app:s3cr/et@db and amqp://a:b/@c", "postgres://…@db and amqp://…@c"],
    ["redis://:s3?cr#et@cache:6379", "redis://…@cache:6379"],
    ["https://a:1@b,https://c:2@d", "https://…@d"],
    ['"//bot:p@ss@host"\nnext', '"//…@host"\nnext'],
    // As JSON may write a slash, and as JSON within JSON does.
    [String.raw`{"url":"https:\/\/bot:pass@host\/v2"}`, String.raw`{"url":"https:\/\/…@host\/v2"}`],
    [
      String.raw`"{\"url\":\"https:\\\/\\\/bot:pass@host\"}"`,
      String.raw`"{\"url\":\"https:\\\/\\\/…@host\"}"`,
    ],
  ])("lose the credentials of %j", (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });

  it.each(["https://images.example/v2/: 401", "ask me@example.com", "acme/shop@sha256:12ab", "// nothing"])(
    "stay as they are in %j",
    (text) => {
      expect(withoutCredentials(text)).toBe(text);
    },
  );

  it.each(["/", "//", "//a@", "//@ ", "\\", "\\/", "/\\"])(
    "are found in linear time among many of %j",
    (part) => {
      const text = part.repeat(2 ** 17 / part.length);
      const began = performance.now();
      withoutCredentials(text);
      expect(performance.now() - began).toBeLessThan(1_000);
    },
  );
});
