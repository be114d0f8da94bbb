import fc from "fast-check";

/**
 * fast-check with the same examples on every run: the gate says the same of the same code. Whoever looks for more sets
 * `FUZZ`, and each run draws its own; what it finds prints its seed.
 */
if (process.env["FUZZ"] === undefined) {
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_126 });
}

export { fc };
