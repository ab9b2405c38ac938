import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { useRecord } from '../record/use-record.ts'
import { credentials } from './credentials.ts'

/** A key by id; by name if the person may see it. */
export function KeyName({ id }: { id: number }) {
  const { data } = useRecord(credentials, id)
  if (!data) return <>{t('key {{id}}', { id })}</>
  return (
    <Anchor component={Link} to={`${credentials.path}/${id}`} dir="auto">
      {data.data.name}
    </Anchor>
  )
}
