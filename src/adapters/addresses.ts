/**
 * What an address has before its host; in JSON within a text a backslash may stand before each slash, and more of
 * them in JSON within JSON. Their number is bounded, as the text may be long and is somebody else's.
 */
const ADDRESS = /((?:\\{0,7}\/){2})\S*/g;

/**
 * A text without what stands before the host of the addresses in it. A password that nobody encoded may have an `@`
 * or a slash of its own, so all goes up to the last `@`: rather some of a path or a digest too many than a part of a
 * password. Each run is taken once, whatever is in it.
 */
export function withoutCredentials(text: string): string {
  return text.replace(ADDRESS, (run, slashes: string) => {
    const at = run.lastIndexOf("@");
    return at === -1 ? run : `${slashes}…${run.slice(at)}`;
  });
}
