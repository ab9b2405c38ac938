import { t } from '../i18n/t.ts'
import './skip-link.css'

/** The first tab stop: skips what is the same on every page. */
export function SkipLink() {
  return (
    <a className="skip-link" href="#main">
      {t('To the content')}
    </a>
  )
}
