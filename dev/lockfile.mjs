// After `npm install PACKAGE`: `node dev/lockfile.mjs`.
//
// npm leaves out optional packages of other platforms that the registry at hand does not carry, and then
// refuses its own lockfile in `npm ci`. This writes them back by name, version and platform; npm installs
// none of them where they do not fit.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const { packages } = lock;
const systems = ["darwin", "win32", "freebsd", "android", "linux", "openharmony"];
const processors = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64"];

for (const [parent, entry] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (packages[`node_modules/${name}`] || packages[`${parent}/node_modules/${name}`]) continue;
    const os = systems.find((system) => name.includes(system));
    const cpu = processors.find((processor) => name.includes(processor));
    packages[`node_modules/${name}`] = {
      version,
      ...(cpu && { cpu: [cpu] }),
      ...(entry.dev && { dev: true }),
      optional: true,
      ...(os && { os: [os] }),
    };
    console.log(`added ${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
