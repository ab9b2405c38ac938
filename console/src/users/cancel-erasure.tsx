import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { notice } from '../parts/notice.ts'
import { useChanged } from '../record/use-record.ts'
import { users } from './users.ts'

interface Props {
  id: number
  /** As sentences call the person. */
  name: string
  onDone?(): void
}

export function CancelErasure({ id, name, onDone }: Props) {
  const { reload } = useChanged(users)
  const queryClient = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        {t('Cancel the erasure')}
      </Button>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Keep {{name}}?', { name })}
        verb={t('Keep the user')}
        harmless
        act={() => comserv.users.cancelErasure(id)}
        onDone={() => {
          void reload()
          // What is still shown would be read again, and there is nothing to read.
          queryClient.removeQueries({ queryKey: ['erasure', id], type: 'inactive' })
          onDone?.()
          notice(t('{{name}} will not be erased.', { name: name.charAt(0).toUpperCase() + name.slice(1) }))
        }}
      >
        {t('The user gets the status from before, and can sign in again if that was active.')}
      </Confirm>
    </>
  )
}
