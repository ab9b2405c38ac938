import { throwIfAborted } from './abort.ts'
import type { Authentication } from './authentication.ts'
import type { ChangeOptions, FileContent, PostOptions } from './call-options.ts'
import { apiErrorOf } from './error-mapping.ts'
import { ConfigurationError, ConnectionError, TimeoutError } from './errors.ts'
import { type Attempt, exchange, type Received } from './exchange.ts'
import { checkedCallOptions, jsonTextOf, parametersOf } from './given-values.ts'
import { checkedRetries, checkedTimeoutMs, type Settings } from './options.ts'
import { type Failure, retryDelayMs } from './retry.ts'
import { checkSecrets } from './secrets.ts'
import { abortable } from './shared-run.ts'
import { shown } from './shown.ts'
import { userAgentHeaders } from './user-agent.ts'

/** A request as described by a method of the client. */
export interface Outgoing {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  query?: object | undefined
  /** Sent as JSON. */
  json?: unknown
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string | undefined> | undefined
  /** Sent as it is. */
  file?: FileContent | undefined
  accept?: string | undefined
  options?: (PostOptions & ChangeOptions) | undefined
  /** Whether the endpoint is public, so that no credentials are sent. */
  isPublic?: boolean | undefined
  /** Opens, ends or reads a session. */
  isOfSession?: boolean | undefined
  isStreamed?: boolean | undefined
  /** Whether a caller who may not read the result gets 204. */
  mayBeEmpty?: boolean | undefined
}

/**
 * Sends a request, retries it after temporary failures, once with new credentials, and once after the password was given.
 * @throws ApiError, ConnectionError, TimeoutError, or the reason of the caller's signal
 */
export async function send(
  settings: Settings,
  authentication: Authentication,
  outgoing: Outgoing,
): Promise<Received> {
  const { method, isPublic = false } = outgoing
  const { signal, maxRetries = settings.maxRetries } = checkedCallOptions(outgoing.options)
  const attempt = attemptOf(settings, authentication, outgoing)
  const retriesMax = checkedRetries(maxRetries)
  let hasRenewed = false
  let hasConfirmed = false
  for (let retries = 0; ; ) {
    throwIfAborted(signal)
    const who = isPublic ? {} : await authentication.headersFor(method, signal)
    const outcome = await outcomeOf(settings, { ...attempt, headers: { ...attempt.headers, ...who } })
    if (outcome.kind === 'done') return outcome.received
    if (outcome.kind === 'refused' && outcome.needsPassword && authentication.confirm && !hasConfirmed) {
      hasConfirmed = await abortable(authentication.confirm({ method, path: outgoing.path }), signal)
      if (hasConfirmed) continue
      throw outcome.error
    }
    if (outcome.kind === 'refused' && !isPublic && !hasRenewed) {
      hasRenewed = await authentication.renew(outcome.status, method, who)
      if (hasRenewed) continue
    }
    const circumstances = { retries, nowMs: settings.now(), random: settings.random() }
    const delayMs = retries < retriesMax ? retryDelayMs(outcome.failure, circumstances) : undefined
    if (delayMs === undefined) throw outcome.error
    await settings.sleep(delayMs, signal)
    retries++
  }
}

type Outcome =
  | { kind: 'done'; received: Received }
  | { kind: 'refused'; status: number; needsPassword: boolean; failure: Failure; error: unknown }
  | { kind: 'lost'; failure: Failure; error: unknown }

async function outcomeOf(settings: Settings, attempt: Attempt): Promise<Outcome> {
  try {
    const received = await exchange(settings.fetch, attempt)
    const { status, headers } = received
    if (status < 400) return { kind: 'done', received }
    const failure: Failure = { kind: 'answer', status, retryAfter: headers.get('retry-after') }
    const needsPassword = isChallenge(headers.get('www-authenticate'))
    return { kind: 'refused', status, needsPassword, failure, error: apiErrorOf(received, settings.now()) }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    return {
      kind: 'lost',
      failure: { kind: error instanceof TimeoutError ? 'timeout' : 'connection' },
      error,
    }
  }
}

/** The password was given too long ago (RFC 9470). */
function isChallenge(header: string | null): boolean {
  return header?.includes('error="insufficient_user_authentication"') ?? false
}

/** What all attempts share, the idempotency key included. */
function attemptOf(settings: Settings, authentication: Authentication, outgoing: Outgoing): Attempt {
  const { method, path, query = {}, json, form, file, accept, options = {}, isStreamed = false } = outgoing
  const { idempotencyKey, ifMatch, timeoutMs = settings.timeoutMs, signal } = options
  const parameters = parametersOf(query)
  // First: a list that contains itself would be searched for secrets forever.
  const text = json === undefined ? undefined : jsonTextOf(json)
  checkSecrets(json)
  const type =
    json !== undefined
      ? 'application/json'
      : form
        ? 'application/x-www-form-urlencoded'
        : file !== undefined
          ? 'application/octet-stream'
          : undefined
  return {
    url: settings.baseUrl + path + (parameters === '' ? '' : `?${parameters}`),
    method,
    headers: {
      accept: accept ?? 'application/json',
      ...userAgentHeaders(),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(method === 'POST' ? { 'idempotency-key': checkedKey(idempotencyKey) ?? newIdempotencyKey() } : {}),
      ...(ifMatch === undefined ? {} : { 'if-match': checkedEtag(ifMatch) }),
    },
    body: text ?? (form ? parametersOf(form) : 'file' in outgoing ? contentOf(file) : undefined),
    credentials: authentication.credentials,
    timeoutMs: checkedTimeoutMs(timeoutMs),
    signal,
    isStreamed,
  }
}

const path =
  /^(?:(?:file:|~?[\\/]|\.\.?[\\/]|[a-z]:[\\/]).*|.*\.(?:csv|tsv|tab|txt|json|ndjson|jsonl|xlsx?|ods))$/i

/** The error does not show the text: it may be the content of a file, with passwords. */
function contentOf(file: FileContent | undefined): FileContent {
  if (typeof file === 'string' && file.length <= 4_096 && path.test(file))
    throw new ConfigurationError(
      'file must be the content of a file; this looks like the path of one: give await readFile(…).',
    )
  if (typeof file === 'string' || ArrayBuffer.isView(file) || file instanceof Blob) return file
  throw new ConfigurationError(
    `file must be the content of a file: a string, a Uint8Array such as from readFile, or a Blob, not ${shown(file)}.`,
  )
}

/** A header that `fetch` cannot send would look like an unreachable server, and be retried. */
function checkedKey(key: string | undefined): string | undefined {
  if (key === undefined || (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key))) return key
  throw new ConfigurationError(
    'idempotencyKey must be 1 to 255 visible ASCII characters without spaces, such as a UUID.',
  )
}

function checkedEtag(etag: string): string {
  if (typeof etag === 'string' && /^[\x20-\x7e]*[\x21-\x7e]$/.test(etag)) return etag
  throw new ConfigurationError('ifMatch must be an etag exactly as it was received, quotes included.')
}

/** `crypto.randomUUID` is missing on pages served over plain http; this is not. */
function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
