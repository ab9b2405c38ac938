import { CopyButton } from './copy-button.tsx'
import './code-block.css'

/** Code to copy. It can be scrolled by keyboard. */
export function CodeBlock({ text, what }: { text: string; what: string }) {
  return (
    <section className="code-block" aria-label={what}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <div className="code-copy">
        <CopyButton text={text} what={what} />
      </div>
    </section>
  )
}
