import type { FieldError } from './types.js';

/** An RFC 9457 problem document, as the API answers it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?: FieldError[];
}

/** A refusal of the API. `status` 0 means that no answer arrived at all (`code` is then `network`). */
export class ApiError extends Error {
  readonly status: number;
  /** Stable and machine-readable, e.g. `invalid_credentials`. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Which fields are wrong, for validation errors. */
  readonly errors: FieldError[];
  /** Seconds to wait, from `Retry-After`; absent when the server did not say. */
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Problem, retryAfter?: number) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.title = problem.title ?? '';
    this.detail = problem.detail ?? '';
    this.errors = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** The message for one field, if the server named it. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.message;
  }
}

export function networkError(cause: unknown): ApiError {
  const error = new ApiError(0, { code: 'network', detail: 'The server could not be reached.' });
  error.cause = cause;
  return error;
}

/** Reads the problem document of a failed response; proxies in between may answer something else. */
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? NaN);
  const problem = await readProblem(response);
  return new ApiError(response.status, problem, Number.isFinite(retryAfter) ? retryAfter : undefined);
}

async function readProblem(response: Response): Promise<Problem> {
  const fallback = { title: response.statusText };
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : fallback;
  } catch {
    return fallback;
  }
}
