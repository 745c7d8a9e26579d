import { ApiError } from '@meridian/client';
import { useState } from 'react';

interface Submit {
  busy: boolean;
  error: ApiError | null;
  submit: () => void;
}

/** Runs an action that can fail at the server: one at a time, and with its refusal at hand. */
export function useSubmit(action: () => Promise<void>): Submit {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (refusal) {
      setError(asApiError(refusal));
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, submit: () => void run() };
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, { detail: String(error) });
}
