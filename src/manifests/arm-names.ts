/**
 * One name an arm, unique within the split: each arm's shortest, longer only where two would be the same.
 * `choices` has one list an arm, shortest first, none empty.
 */
export function uniqueNames(choices: readonly (readonly string[])[]): readonly string[] {
  const levels = choices.map(() => 0);
  const name = (arm: number) => choices[arm]?.[levels[arm] ?? 0] ?? "";
  for (;;) {
    const count = new Map<string, number>();
    for (const arm of choices.keys()) count.set(name(arm), (count.get(name(arm)) ?? 0) + 1);
    const raised = [...choices.keys()].filter(
      (arm) => (count.get(name(arm)) ?? 0) > 1 && (levels[arm] ?? 0) + 1 < (choices[arm]?.length ?? 0),
    );
    if (raised.length === 0) break;
    for (const arm of raised) levels[arm] = (levels[arm] ?? 0) + 1;
  }
  // The same destination twice: tell them apart by their order.
  const seen = new Map<string, number>();
  return [...choices.keys()].map((arm) => {
    const turn = (seen.get(name(arm)) ?? 0) + 1;
    seen.set(name(arm), turn);
    return turn === 1 ? name(arm) : `${name(arm)}#${turn}`;
  });
}
