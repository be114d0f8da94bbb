import { quoted } from "./fields.ts";
import { didYouMean } from "./nearest.ts";

/** Why this is no time zone to go by, with the nearest that is; null when it is one. */
export function zoneFlaw(name: string): string | null {
  if (isZone(name)) return null;
  const guess = didYouMean(name, Intl.supportedValuesOf("timeZone"));
  return `${quoted(name)} is no known time zone.${guess} Write one such as \`Europe/Berlin\` or \`UTC\`.`;
}

export function isZone(name: string): boolean {
  // `+02:00` is understood by Intl too, but knows no daylight saving: what goes by it would shift twice a year.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
