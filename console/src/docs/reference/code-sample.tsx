import { Icon } from '../../parts/icon.tsx'
import { copyOnClick } from '../guide-actions.ts'
import { JsonText } from './json-text.tsx'
import '../code.css'
import '../guide-text.css'

interface Props {
  text: string
  /** What it is, for readers of the page's outline. */
  what: string
  isJson?: boolean
}

/** Code as in the guides: its button works in the application and, by the script of the page, without it. */
export function CodeSample({ text, what, isJson = false }: Props) {
  return (
    <section className="code" aria-label={what}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable without a mouse */}
      <pre tabIndex={0}>{isJson ? <JsonText text={text} /> : <code>{text}</code>}</pre>
      <button
        type="button"
        className="copy"
        aria-label="Copy"
        title="Copy"
        onClick={({ currentTarget }) => copyOnClick(currentTarget)}
      >
        <Icon name="copy" size={16} />
        <Icon name="check" size={16} />
      </button>
    </section>
  )
}
