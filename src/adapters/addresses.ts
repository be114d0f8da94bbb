/**
 * A text without what stands before the host of the addresses in it. A password that nobody encoded may have an `@`
 * or a slash of its own, so all goes up to the last `@`: rather some of a path or a digest too many than a part of a
 * password. Each run is taken once, whatever is in it: the text may be long and is somebody else's.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/\S*/g, (run) => {
    const at = run.lastIndexOf("@");
    return at === -1 ? run : `//…${run.slice(at)}`;
  });
}
