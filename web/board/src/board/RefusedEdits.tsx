import { Button } from '../ui/Button';
import type { Connection } from './connection';

/** Edits that this browser holds but the server will never take, e.g. made offline before the role changed. */
export function RefusedEdits({ connection }: { connection: Connection }) {
  const discard = async () => {
    await connection.discard();
    location.reload();
  };
  return (
    <div className="banner" role="alert" data-testid="refused-edits">
      <span>You may only look at this board. Changes that you made here were not accepted; nobody else can see them.</span>
      <Button onClick={() => void discard()}>Discard them</Button>
    </div>
  );
}
