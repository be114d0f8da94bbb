import type { WeightFormat, Written } from "../kind.ts";

/**
 * Weights that the API takes as whole numbers from 0 to `max`; a missing one means `absent`, or is an error when
 * that is null. `quotes` says whether they are numbers (no quotes, the default), text, or whatever is there.
 */
export function wholeNumbers(options: {
  readonly absent: number | null;
  readonly max: number;
  readonly quotes?: "never" | "always" | "either";
}): WeightFormat {
  const quotes = options.quotes ?? "never";
  const read = (written: Written): number | string => {
    if (written === null) return options.absent ?? "is missing and this kind needs one";
    const { text, quoted } = written;
    if (quoted && quotes === "never")
      return `is the text "${text}" and this kind takes a number: remove the quotes`;
    if (/^(?:0|[1-9][0-9]*)$/.test(text)) {
      if (!quoted && quotes === "always")
        return `is the number ${text} and this kind takes text: write "${text}"`;
      const value = Number(text);
      return value <= options.max ? value : `is ${text} and the most this kind takes is ${options.max}`;
    }
    if (/^-[0-9]/.test(text)) return `is ${text} and must not be less than 0`;
    if (text === "" || text === "~" || /^null$/i.test(text))
      return "has no value: write a number or remove the key";
    // YAML 1.1 readers take 010 for 8 and 1_000 for 1000, YAML 1.2 readers do not: both would be right.
    if (/^[+0-9]/.test(text)) {
      return `is written ${text}, which YAML readers understand differently: write a plain decimal whole number`;
    }
    return `is ${text} and must be a whole number`;
  };
  return {
    max: options.max,
    read: (written) => written.map(read),
    write: (weight) => String(weight),
  };
}
