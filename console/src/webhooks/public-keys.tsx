import { t } from '../i18n/t.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import './public-keys.css'

/** What receivers verify Ed25519 signatures with: the current key, then the one that it replaces. */
export function PublicKeys({ keys }: { keys: readonly string[] }) {
  return keys.map((key, i) => (
    <span key={key} className="public-key">
      <span className="mono">{key}</span>
      <CopyButton text={key} what={i === 0 ? t('the public key') : t('the previous public key')} />
      {i > 0 && (
        <span className="quiet block">{t('the previous one, until the previous secret expires')}</span>
      )}
    </span>
  ))
}
