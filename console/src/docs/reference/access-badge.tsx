import type { Operation } from './operations.ts'

/** The access that a call requires, in a few words. */
export function AccessBadge({ operation: { access, isDeprecated } }: { operation: Operation }) {
  return (
    <span className="access">
      {isDeprecated && <span className="deprecated">deprecated</span>}
      {access.kind === 'public' && <span>public</span>}
      {access.kind === 'session' && <span>signed in</span>}
      {access.kind === 'credential' &&
        (access.scopes.length > 0 ? (
          access.scopes.map((scope) => <code key={scope}>{scope}</code>)
        ) : (
          <span>any credential</span>
        ))}
    </span>
  )
}
