/**
 * Which sets of witnesses suffice: thresholds over a tree of names (C2SP tlog-policy).
 *
 * Every name is a member of one group at most, so the rule is a tree in which each witness counts in one way.
 */

/** At least `threshold` of its members (witnesses or groups named before it) must have witnessed. */
export interface Group {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

/** Whether the quorum is met, and by which of the witnesses that it rests on. */
export interface Verdict {
  readonly met: boolean;
  readonly quorum: string;
  readonly cosigned: readonly string[];
}

/** `groups` in the order of their definition: a group names only what is defined before it. */
export function judge(
  quorum: string,
  groups: readonly Group[],
  cosigned: ReadonlySet<string>,
): Verdict {
  const met = new Set(cosigned);
  for (const group of groups) {
    const having = group.members.filter((name) => met.has(name));
    if (having.length >= group.threshold) met.add(group.name);
  }
  const below = namesBelow(quorum, groups);
  return {
    met: met.has(quorum),
    quorum,
    cosigned: [...cosigned].filter((name) => below.has(name)).sort(),
  };
}

/**
 * Two quorums without a common witness, or undefined if there are none.
 *
 * A group of n members of which k are needed, d of them divisible into two quorums in themselves, is
 * divisible exactly if 2k ≤ n + d: a divisible member serves both sides, any other one only.
 */
export function apart(quorum: string, groups: readonly Group[]): [string[], string[]] | undefined {
  const smallest = new Map<string, string[]>();
  const divided = new Map<string, [string[], string[]]>();
  const way = (name: string): string[] => smallest.get(name) ?? [name];
  for (const { name, threshold, members } of groups) {
    const ways = members.map(way).sort((left, right) => left.length - right.length);
    smallest.set(name, ways.slice(0, threshold).flat());
    const both = members.flatMap((one) => [divided.get(one)]).filter((one) => one !== undefined);
    const twice = both.slice(0, threshold);
    const rest = members.filter((one) => !divided.has(one)).map(way);
    const more = threshold - twice.length;
    if (2 * more > rest.length) continue;
    const left = [...twice.flatMap(([side]) => side), ...rest.slice(0, more).flat()];
    const right = [...twice.flatMap(([, side]) => side), ...rest.slice(more, 2 * more).flat()];
    divided.set(name, [left, right]);
  }
  return divided.get(quorum);
}

function namesBelow(quorum: string, groups: readonly Group[]): ReadonlySet<string> {
  const known = new Map(groups.map((group) => [group.name, group]));
  const below = new Set([quorum]);
  for (const name of below) {
    for (const one of known.get(name)?.members ?? []) below.add(one);
  }
  return below;
}
