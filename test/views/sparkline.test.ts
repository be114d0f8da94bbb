import { expect, it } from "vitest";
import { sparkline } from "../../src/views/sparkline.ts";

it("draws a bar a value between the bounds, and nothing where nothing is known", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], { max: 7 })).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([0.1, null, 0.2, Number.NaN], { max: 0.2 })).toBe("▅ █ ");
  expect(sparkline([10, 20], { min: 10, max: 20 })).toBe("▁█");
});

it("stays within its bars, whatever lies beyond the bounds", () => {
  expect(sparkline([-1e9, 5, Infinity, -Infinity], { max: 4 })).toBe("▁██▁");
  expect(sparkline([0, 3], { max: 0 })).toBe("▁▁");
  expect(sparkline([], { max: 1 })).toBe("");
});
