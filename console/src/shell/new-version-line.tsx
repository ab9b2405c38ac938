import { Button } from '@mantine/core'
import { keepInput } from '../form/kept-input.ts'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { siteName } from '../site.ts'
import { useNewVersion } from './new-version.ts'
import './new-version.css'

/** Above the page until it is reloaded. Input of its forms is kept. */
export function NewVersionLine() {
  const isThere = useNewVersion()
  return (
    <div role="status">
      {isThere && (
        <div className="version-line">
          <Icon name="refresh" size={18} />
          <span className="version-text">
            {t('{{siteName}} was updated. Reload to get the new version; what you typed is kept.', {
              siteName,
            })}
          </span>
          <Button size="compact-sm" variant="default" flex="none" onClick={reload}>
            {t('Reload')}
          </Button>
        </div>
      )}
    </div>
  )
}

function reload(): void {
  keepInput()
  location.reload()
}
