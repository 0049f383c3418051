// A page that breaks tells so; the frame around it stays, and the next page is another try.
import { Component, type ReactNode } from 'react';

import { Problem } from '../api/client';
import { Refused } from '../parts/Loaded';
import { Page } from '../parts/Page';

interface Props {
  at: string; // the address
  children: ReactNode;
}
interface State {
  fault: string;
  at: string;
}

export class Faults extends Component<Props, State> {
  state: State = { fault: '', at: this.props.at };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { fault: String(error) };
  }
  static getDerivedStateFromProps({ at }: Props, state: State): Partial<State> | null {
    return at === state.at ? null : { at, fault: '' };
  }

  render() {
    if (!this.state.fault) return this.props.children;
    return (
      <Page title="This page has a fault">
        <Refused
          problem={new Problem(0, 'page', 'It could not be shown', `Nothing was changed by that. Load it again; if it stays, tell whoever looks after muster: ${this.state.fault}`)}
          again={() => location.reload()}
        />
      </Page>
    );
  }
}
