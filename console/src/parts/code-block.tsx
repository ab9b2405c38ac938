import { CopyButton } from './copy-button.tsx'
import './code-block.css'

interface Props {
  text: string
  what: string
  /** Long lines are shown whole, on several lines. */
  wraps?: boolean
}

/** Code to copy. It can be scrolled by keyboard. */
export function CodeBlock({ text, what, wraps }: Props) {
  return (
    <section className="code-block" data-wraps={wraps || undefined} aria-label={what}>
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
