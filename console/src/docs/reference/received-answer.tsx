import { CopyButton } from '../../parts/copy-button.tsx'
import { JsonText } from './json-text.tsx'
import type { Received } from './request.ts'
import '../../parts/code-block.css'
import { Facts } from '../../parts/facts.tsx'

/** The whole response: status, time, headers, body. */
export function ReceivedAnswer({ received }: { received: Received }) {
  const { status, statusText, headers, durationMs, hiddenChars } = received
  const body = readable(received)
  return (
    <section className="received" aria-label="Received response">
      <p className="received-head">
        <strong className="received-status" data-tone={status < 400 ? 'good' : 'bad'}>
          {status} {statusText}
        </strong>
        <span className="quiet">
          {Math.round(durationMs)} ms · {new Blob([received.body]).size.toLocaleString()} bytes
        </span>
      </p>
      {body === '' ? (
        <p className="quiet">No body.</p>
      ) : (
        <div className="code-block">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
          <pre tabIndex={0}>
            <JsonText text={body} />
          </pre>
          <div className="code-copy">
            <CopyButton text={body} what="the body" />
          </div>
        </div>
      )}
      {hiddenChars > 0 && (
        <p className="quiet">{hiddenChars.toLocaleString()} more characters are not shown.</p>
      )}
      <details className="within" open>
        <summary>{headers.length} headers</summary>
        <Facts
          className="headers"
          facts={headers.map(([name, value]) => [<code key={name}>{name}</code>, value])}
        />
      </details>
    </section>
  )
}

function readable({ body, headers }: Received): string {
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? ''
  if (!/^application\/(\w+\+)?json/.test(type)) return body
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    // Truncated JSON is shown as plain text.
    return body
  }
}
