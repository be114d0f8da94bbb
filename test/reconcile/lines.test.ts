import { expect, it } from "vitest";
import { Lines } from "../../src/reconcile/lines.ts";

it("All that come while one is at work share the next, which begins after it", async () => {
  const lines = new Lines();
  const begun: number[] = [];
  let finish = () => {};
  const first = lines.run("shop", "read", async () => {
    begun.push(1);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return "first";
  });
  await Promise.resolve();
  const others = [2, 3, 4].map((number) =>
    lines.run("shop", "read", async () => {
      begun.push(number);
      return `of ${number}`;
    }),
  );
  expect(begun).toEqual([1]);
  finish();
  expect(await Promise.all([first, ...others])).toEqual(["first", "of 2", "of 2", "of 2"]);
  expect(begun).toEqual([1, 2]);
});

it("one that fails is told to all who wait for it, and the line goes on", async () => {
  const lines = new Lines();
  const fails = () => Promise.reject(new Error("502"));
  const failed = await Promise.allSettled([
    lines.run("shop", "read", fails),
    lines.run("shop", "read", fails),
  ]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await lines.run("shop", "read", async () => "read")).toBe("read");
});
