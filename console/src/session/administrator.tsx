import { Anchor } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { supportContact } from '../site.ts'

/** Whom to contact: who the operator has named, else `an administrator`. */
export function Administrator() {
  if (!supportContact) return <>{t('an administrator')}</>
  return (
    <Anchor href={supportContact} inherit underline="always" className="anywhere">
      {supportContact.replace(/^mailto:/, '')}
    </Anchor>
  )
}
