import Lozenge from '@atlaskit/lozenge';

type Appearance = 'success' | 'removed' | 'moved' | 'inprogress' | 'default' | 'new';
const STATES: Record<string, [string, Appearance]> = {
  completed: ['Completed', 'success'],
  completed_with_rejects: ['Completed, with rejects', 'moved'],
  failed: ['Failed', 'removed'],
  cancelled: ['Cancelled', 'default'],
  held: ['Held', 'moved'],
  abandoned: ['Abandoned', 'removed'],
  running: ['Running', 'inprogress'],
  waiting: ['Waiting', 'new'],
  paused: ['Paused', 'default'],
  none: ['Never ran', 'default'],
  unavailable: ['Not reachable', 'moved'],
  ready: ['Ready', 'success'],
  slow: ['Slow', 'moved'],
};

export const STATE_NAMES = Object.entries(STATES).slice(0, 7).map(([state, [name]]) => [state, name] as const);

export function State({ of }: { of: string }) {
  const [name, appearance] = STATES[of] ?? [of, 'default'];
  return <Lozenge appearance={appearance}>{name}</Lozenge>;
}
