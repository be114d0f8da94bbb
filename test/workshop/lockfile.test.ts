import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Entry {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
const packages: Readonly<Record<string, Entry>> = read("package-lock.json").packages;

it("the lockfile names every optional package, or `npm ci` refuses it (node dev/lockfile.mjs)", () => {
  const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${parent}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

it("the lockfile records no download addresses", () => {
  expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith("http"))).toEqual([]);
});

it("every version in package.json is exact", () => {
  const { dependencies, devDependencies, optionalDependencies } = read("package.json");
  const versions: Readonly<Record<string, string>> = {
    ...dependencies,
    ...devDependencies,
    ...optionalDependencies,
  };
  expect(Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});
