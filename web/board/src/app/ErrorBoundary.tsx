import { Component, type ReactNode } from 'react';
import { MessagePage } from '../ui/MessagePage';

interface State {
  error: Error | null;
}

/** Shows what can be done when a part of the page fails, instead of an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <MessagePage
        title="Something went wrong"
        text="What you have drawn is kept in this browser and on the server. Load the page again to go on."
        detail={error.message}
        action={{ label: 'Load again', run: () => location.reload() }}
      />
    );
  }
}
