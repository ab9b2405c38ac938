import { Modal, Radio, Stack, Text } from '@mantine/core'
import type { Answer, Call } from 'comserv'
import { withRecord } from '../api/with-record.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'
import { Meanwhile, useMatch } from '../record/change.tsx'
import type { Kind, Match, Shown, Stored } from '../record/kind.ts'
import { useChanged } from '../record/use-record.ts'
import { useSignedIn } from '../session/use-session.ts'
import { UserField } from './user-field.tsx'

type Owned = Stored & { owner_id: number }

interface Props<T extends Owned> {
  kind: Shown<T> & {
    calls: Pick<Kind<T>['calls'], 'get'> & {
      update(id: number, change: { owner_id: number }, options: Match): Call<T | undefined>
    }
  }
  read: Answer<T>
  opened: boolean
  onClose(): void
}

/** Gives a key or a webhook to another user or to the system account. */
export function HandOver<T extends Owned>({ kind, read, opened, onClose }: Props<T>) {
  const { saved } = useChanged(kind)
  const match = useMatch(read, opened)
  const systemId = useSignedIn().system_account_id
  const { form, isPending, problem, onSubmit, startOver } = useProblemForm({
    initialValues: { to: 'user', owner_id: undefined as number | undefined },
    send: ({ to, owner_id = 0 }) => {
      const change = { owner_id: to === 'system' ? (systemId ?? 0) : owner_id }
      return withRecord(kind.calls.update(read.data.id, change, match()))
    },
    onDone: (answer) => {
      saved(answer)
      close()
      notice(t('Handed over.'))
    },
  })
  const close = () => {
    startOver()
    onClose()
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('Hand over {{called}}', { called: kind.called(read.data) })}
    >
      <Form onSubmit={onSubmit}>
        <Stack>
          <Text>
            {t(
              'It keeps working, and its secret stays the same. From then on it can do what the role of its new owner allows. It keeps its name: change one that names a person.',
            )}{' '}
            {isChild(read.data) &&
              t('It no longer ends with the key that created it, but keeps the limits of that key.')}
          </Text>
          <Radio.Group label={t('New owner')} {...form.getInputProps('to')}>
            <Stack gap={8} mt={6}>
              <Radio value="user" label={t('A user')} />
              <Radio
                value="system"
                label={t('The system account')}
                description={t('Independent of people: only its own scopes limit it.')}
                disabled={systemId === null || systemId === read.data.owner_id}
              />
            </Stack>
          </Radio.Group>
          {form.values.to === 'user' && (
            <UserField
              label={t('User')}
              required
              isClearable={false}
              value={form.values.owner_id}
              onChange={(id) => form.setFieldValue('owner_id', id)}
              error={form.errors.owner_id}
            />
          )}
          <FormEnd
            verb={t('Hand over')}
            isPending={isPending}
            problem={problem}
            onCancel={close}
            meanwhile={<Meanwhile kind={kind} read={read} onLoad={close} />}
          />
        </Stack>
      </Form>
    </Modal>
  )
}

function isChild(data: Owned): boolean {
  return 'parent_id' in data && data.parent_id !== null
}
