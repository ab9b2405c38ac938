/** A path that breaks before a slash where it must, and not within a word. */
export function PathText({ path }: { path: string }) {
  return (
    <code>
      {path.split(/(?=\/)/).map((part, i) => (
        <span key={i}>
          {i > 0 && <wbr />}
          {part}
        </span>
      ))}
    </code>
  )
}
