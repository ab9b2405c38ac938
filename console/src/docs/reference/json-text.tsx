import '../code.css'

/** JSON, highlighted as in the guides. Other text is unchanged. */
export function JsonText({ text }: { text: string }) {
  const parts = text.split(
    /("(?:\\.|[^"\\])*"(?:\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
  )
  return (
    <code>
      {parts.map((part, i) =>
        i % 2 === 0 ? (
          part
        ) : (
          <span key={i} className={classOf(part)}>
            {part}
          </span>
        ),
      )}
    </code>
  )
}

function classOf(part: string): string {
  if (part.endsWith(':')) return 'hljs-attr'
  if (part.startsWith('"')) return 'hljs-string'
  return /^[tfn]/.test(part) ? 'hljs-literal' : 'hljs-number'
}
