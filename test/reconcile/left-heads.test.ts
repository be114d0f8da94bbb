import { describe, expect, it } from "vitest";
import { leave, madeOf } from "../../src/reconcile/left-heads.ts";
import { SHOWN_WITHIN } from "../../src/reconcile/log-is-behind.ts";
import { emptyMemory, type Ports } from "../../src/reconcile/ports.ts";

function writer() {
  let now = 1_700_000_000_000;
  const memory = emptyMemory();
  const clock = { now: () => now };
  const wait = (ms: number) => {
    now += ms;
  };
  return { ports: { clock, memory } as Ports, memory, wait };
}

describe("a head that we wrote upon", () => {
  it("is known for as long as the process lives, also where there was no branch", () => {
    const { ports, wait } = writer();
    leave(ports, null, "first");
    leave(ports, "first", "second");
    wait(365 * 24 * 3600 * 1000);
    expect(madeOf(ports, null)?.next).toBe("first");
    expect(madeOf(ports, "first")?.next).toBe("second");
    expect(madeOf(ports, "second")).toBeNull();
  });

  it("is forgotten when a thousand others were written upon since", () => {
    const { ports } = writer();
    leave(ports, "oldest", "next");
    leave(ports, "again", "next");
    for (let i = 0; i < 998; i++) leave(ports, `head ${i}`, `head ${i + 1}`);
    expect(madeOf(ports, "oldest")?.next).toBe("next");
    // The second oldest becomes the newest: the two that have to go are the oldest and the one after it.
    leave(ports, "again", "another");
    leave(ports, "head 998", "head 999");
    leave(ports, "head 999", "head 1000");
    expect(madeOf(ports, "oldest")).toBeNull();
    expect(madeOf(ports, "head 0")).toBeNull();
    expect(madeOf(ports, "again")?.next).toBe("another");
    expect(madeOf(ports, "head 1")?.next).toBe("head 2");
    expect(ports.memory.left.size).toBe(1000);
  });
});

describe("a write without an answer", () => {
  it("counts until GitHub would show it, and is then asked about anew", () => {
    const { ports, memory, wait } = writer();
    leave(ports, "head", null);
    wait(SHOWN_WITHIN - 1);
    expect(madeOf(ports, "head")).toEqual({ next: null, at: 1_700_000_000_000 });
    memory.verified.set("rollouts/checkout.json", "head");
    memory.stateLog = { head: "head", log: { moves: [], cut: false }, whole: true };
    wait(1);
    expect(madeOf(ports, "head")).toBeNull();
    expect(memory.verified.size).toBe(0);
    expect(memory.stateLog).toBeNull();
  });
});
