<?php

declare(strict_types=1);

namespace Comserv\Tests;

use Comserv\Comserv;
use Comserv\Event\DocumentEventData;
use Comserv\Exception\AuthenticationFailedException;
use Comserv\Exception\ConfigurationException;
use Comserv\Exception\PreconditionFailedException;
use Comserv\Exception\ResourceNotFoundException;
use Comserv\Model\ClientSecret;
use Comserv\Model\CredentialWithSecret;
use Comserv\Model\User;
use PHPUnit\Framework\TestCase;

/**
 * Every method is called once against a started server, and must succeed; together they must have used every operation
 * of openapi.json.
 */
final class OperationsTest extends TestCase
{
    use SendingCalls;

    private const PASSWORD = 'correct horse battery staple';

    private static TestServer $server;
    private static RecordingTransport $traffic;
    private static Comserv $comserv;

    public static function setUpBeforeClass(): void
    {
        self::$server = TestServer::start(['COMSERV_SMTP_URL' => 'smtp://127.1:1', 'COMSERV_MAIL_FROM' => 'a@b.de']);
        self::$comserv = self::$server->client('admin', self::$traffic = new RecordingTransport());
    }

    public function testUsers(): void
    {
        $users = self::$comserv->users;
        $created = $users->create([
            'username' => 'newuser',
            'email' => 'newuser@example.org',
            'password' => self::PASSWORD,
        ]);
        $id = $created->id;
        self::assertSame(201, $created->response->status);
        self::assertSame('newuser', $users->get($id)->username);
        self::assertSame('New', $users->update($id, ['profile' => ['first_name' => 'New']])?->profile->first_name);
        $cleared = $users->update($id, ['profile' => ['first_name' => null]]);
        self::assertNotNull($cleared);
        self::assertNull($cleared->profile->first_name);
        self::assertEquals(new \DateTimeImmutable('2026-01-15T08:30:00Z'), $cleared->created_at);
        self::assertSame(204, $users->delete($id)->status);
        self::assertSame($id, $users->trash()->data[0]->id);
        self::assertSame($id, $users->restore($id)?->id);
        $users->delete($id);
        $restored = $users->restore($id, change: ['email' => 'restored@example.org']);
        self::assertSame(['newuser', 'restored@example.org'], [$restored?->username, $restored?->email]);
        self::assertSame([$id], array_column($users->list(['role' => 'normal', 'q' => null])->data, 'id'));
        $batch = $users->batch([
            ['action' => 'update', 'id' => $id, 'data' => ['role' => 'editor']],
            ['action' => 'delete', 'id' => 99],
        ]);
        self::assertSame([1, 1], [$batch->meta->succeeded, $batch->meta->failed]);
        self::assertSame('editor', $batch->data[0]->resource?->role);
        self::assertSame('resource_not_found', $batch->data[1]->error?->code);
        $exported = iterator_to_array($users->export(['role' => 'editor']));
        self::assertSame(['newuser'], array_map(static fn (User $user): string => $user->username, $exported));
        self::assertNull($exported[0]->profile->bio);
        self::assertMatchesRegularExpression('/^id,username,.*\r\n\d+,newuser,/', $users->export()->text('csv'));
        $file = "username,email\nimported,imported@example.org\nnewuser,other@example.org\n";
        self::assertSame(1, $users->importFile($file, dry_run: true)->imported);
        try {
            $users->importFile('/tmp/people.csv');
            self::fail('A path is no content.');
        } catch (ConfigurationException $exception) {
            self::assertStringContainsString('looks like the path', $exception->getMessage());
        }
        $report = $users->importFile($file, format: 'csv');
        self::assertSame([1, 3], [$report->imported, $report->refusals[0]->row]);
        self::assertSame('profile', iterator_to_array($users->personalData($id))[0]->kind);
        self::assertSame('waiting', $users->erase($id, ['username' => 'newuser'])->status);
        self::assertSame($id, $users->erasure($id)->user_id);
        $users->cancelErasure($id);
        $invited = $users->create(['username' => 'inv', 'email' => 'inv@example.org', 'invite' => true])->id;
        $mail = self::$comserv->mails->get((int) $users->createPasswordLink($invited)->mail_id);
        $newest = self::$comserv->mails->list(['user_id' => $invited])->data[0]->id;
        self::assertSame([$mail->id, $newest], [$newest, self::$comserv->mails->resend($newest)->id]);
        self::assertSame(204, self::$comserv->session->requestPassword(['username' => 'inv'])->status);
        $this->expectException(ResourceNotFoundException::class);
        $users->batch([['action' => 'delete', 'id' => 99]], atomic: true);
    }

    public function testDocuments(): void
    {
        $documents = self::$comserv->documents;
        $document = $documents->create(['title' => 'Annual Report 2023', 'category' => 'reports', 'content' => 'All.']);
        $id = $document->id;
        $etag = $documents->get($id)->response->etag;
        $change = ['title' => 'Annual Report', 'status' => 'published'];
        self::assertSame('published', $documents->update($id, $change, ifMatch: $etag)?->status);
        try {
            $documents->update($id, ['title' => 'Lost'], ifMatch: $etag);
            self::fail('A change of somebody else was overwritten.');
        } catch (PreconditionFailedException $exception) {
            self::assertSame(412, $exception->status);
        }
        self::assertSame(2, $documents->revisions($id)->meta->total_count);
        self::assertSame('draft', $documents->revision($id, 1)->status);
        self::assertSame(3, $documents->restoreRevision($id, 1)->version);
        $documents->delete($id);
        self::assertSame($id, $documents->trash()->data[0]->id);
        $documents->restore($id);
        self::assertSame(1, $documents->list(['category' => 'reports'])->meta->total_count);
        $used = $documents->categories()->data[0];
        self::assertSame(['reports', 1], [$used->category, $used->document_count]);
        $publishAt = new \DateTimeImmutable('2026-02-01T10:00:00+02:00');
        $data = ['title' => 'Minutes', 'publish_at' => $publishAt];
        $batch = $documents->batch([['action' => 'create', 'data' => $data]], atomic: true);
        self::assertSame(201, $batch->data[0]->status);
        self::assertEquals($publishAt, $documents->get((int) $batch->data[0]->id)->publish_at);
        self::assertMatchesRegularExpression('/^\{"id":\d+,.*\}\n\{.*\}\n$/', $documents->export()->text('ndjson'));
        self::assertSame(1, $documents->importFile("Headline\nImported\n", map: '{"Headline":"title"}')->imported);
        foreach ($documents->export(['category' => 'reports']) as $exported) {
            self::assertSame('All.', $exported->content);
        }
    }

    public function testRoles(): void
    {
        $roles = self::$comserv->roles;
        $rules = [['scope' => 'documents:read', 'where' => ['category' => ['policies']]]];
        $role = $roles->create(['name' => 'reviewer', 'scopes' => ['documents:read'], 'rules' => $rules]);
        self::assertSame(['policies'], $role->rules[0]->where->category ?? null);
        self::assertSame($role->id, $roles->get((string) $role->id)->id);
        self::assertNull($roles->update((string) $role->id, ['rules' => null])->rules);
        self::assertContains('reviewer', array_column([...$roles->list()], 'name'));
        self::assertSame(204, $roles->delete((string) $role->id)->status);
        $explained = self::$comserv->permissions->explain(['action' => 'documents:write']);
        self::assertSame([true, 'scope'], [$explained->allowed, $explained->steps[0]->check]);
    }

    public function testCategories(): void
    {
        $categories = self::$comserv->categories;
        $category = $categories->create(['name' => 'Annual reports']);
        $id = $category->id;
        self::assertSame(['annual-reports', 201], [$category->slug, $category->response->status]);
        $etag = $categories->get($id)->response->etag;
        self::assertSame('Yearly', $categories->update($id, ['description' => 'Yearly'], ifMatch: $etag)?->description);
        self::assertSame(204, $categories->delete($id)->status);
        self::assertSame($id, $categories->trash()->data[0]->id);
        self::assertSame('Annual reports', $categories->restore($id)?->name);
        $batch = $categories->batch([
            ['action' => 'create', 'data' => ['name' => 'Minutes', 'position' => 2]],
            ['action' => 'delete', 'id' => 99],
        ]);
        self::assertSame(2, $batch->data[0]->resource?->position);
        self::assertSame('resource_not_found', $batch->data[1]->error?->code);
        $names = ['Annual reports', 'Minutes'];
        self::assertSame($names, array_column([...$categories->list(['sort' => 'created_at'])], 'name'));
        self::assertSame($names, array_column(iterator_to_array($categories->export()), 'name'));
    }

    public function testCredentials(): void
    {
        $credentials = self::$comserv->credentials;
        $created = $credentials->create(['name' => 'Reports', 'scopes' => ['read']]);
        $id = $created->id;
        self::assertNotSame($created->client_secret, $credentials->rotate($id, ['grace_hours' => 0])->client_secret);
        self::assertInstanceOf(CredentialWithSecret::class, $credentials->rotate($id));
        $key = $credentials->create(['name' => 'Writer', 'scopes' => ['credentials:write', 'read']])->client_secret;
        $writer = new Comserv(self::$server->url, apiKey: $key);
        $part = $writer->credentials->rotate($id);
        self::assertInstanceOf(ClientSecret::class, $part);
        self::assertSame($id, $part->id);
        $credentials->endPreviousSecret($id);
        self::assertNull($credentials->get($id)->previous_secret_expires_at);
        self::assertSame('Reports', $credentials->get($id)->name);
        self::assertSame('Monthly', $credentials->update($id, ['name' => 'Monthly'])?->name);
        self::assertSame('day', $credentials->usage($id, ['per' => 'day'])->per);
        self::assertSame('minute', $credentials->totalUsage(['per' => 'minute'])->per);
        $credentials->delete($id);
        $revoked = array_filter([...$credentials->list()], static fn ($one): bool => $one->id === $id);
        self::assertSame(['revoked'], array_column($revoked, 'status'));
    }

    public function testWebhooksAndDeliveries(): void
    {
        HookOperations::callEach(self::$comserv, self::$server);
        ApplicationOperations::callEach(self::$comserv);
        $webhooks = self::$comserv->webhooks;
        $url = Rig::do('receiver/start')['url'];
        $webhook = $webhooks->create(['url' => $url, 'events' => ['document.created']]);
        $id = $webhook->id;
        self::assertStringStartsWith('whsec_', $webhook->secret);
        self::assertSame('delivered', $webhooks->test($id)->status);
        self::assertSame('healthy', $webhooks->get($id)->health->state);
        $asked = ['event_type' => 'document.created', 'transform' => '[data.id]'];
        self::assertSame('sent', $webhooks->preview($asked)->outcome);
        self::assertNotSame($webhook->secret, $webhooks->rotateSecret($id)->secret);
        $webhooks->endPreviousSecret($id);
        self::assertNull($webhooks->get($id)->previous_secret_expires_at);
        self::assertSame(2, $webhooks->update($id, ['concurrency' => 2, 'headers' => []])?->concurrency);
        self::$comserv->documents->create(['title' => 'News']);
        self::$server->deliver();
        $delivery = $webhooks->deliveries($id, ['event_type' => 'document.created'])->data[0];
        $deliveries = self::$comserv->deliveries;
        self::assertSame(204, $deliveries->get($delivery->id)->log[0]->response?->status);
        $resent = $deliveries->resend($delivery->id);
        self::assertSame(202, $resent->response->status);
        self::assertSame('cancelled', $deliveries->cancel($resent->id)?->reason);
        $outcomes = $deliveries->outcomes(['webhook_id' => $id]);
        self::assertSame('hour', $outcomes->per);
        $recovered = $webhooks->recover($id, ['since' => new \DateTimeImmutable('2026-01-15T08:00:00Z')]);
        self::assertSame([0, 0], [$recovered->resent, $recovered->remaining]);
        $span = ['since' => '2026-01-15T08:00:00Z', 'until' => '2027-01-15T08:00:00Z', 'types' => ['document.*']];
        $again = $webhooks->recover($id, [...$span, 'include' => ['delivered', 'missed']]);
        self::assertSame([true, null], [$again->resent + $again->newly_sent > 0, $again->next_cursor]);
        self::assertSame(1, $webhooks->list()->meta->total_count);
        $webhooks->delete($id);
    }

    /** @depends testWebhooksAndDeliveries */
    public function testTheRequestLog(): void
    {
        $requests = self::$comserv->requests;
        self::$server->logRequests();
        $found = $requests->list(['method' => 'POST'])->data[0];
        self::assertSame($found->request_id, $requests->get($found->id)->request_id);
        self::assertSame([], $requests->deprecatedUses()->data);
    }

    /** @depends testWebhooksAndDeliveries */
    public function testEventsAndTheAuditLog(): void
    {
        $events = self::$comserv->events;
        $page = $events->list(['type' => 'document.created']);
        self::assertSame(count($page->data), $page->meta->total_count);
        self::assertNull($page->meta->total_pages);
        $event = $events->get($page->data[0]->id);
        self::assertSame('document.created', $event->payload->event);
        self::assertInstanceOf(DocumentEventData::class, $event->payload->data);
        self::assertSame('Annual Report 2023', $event->payload->data->title);
        self::assertContains('ping', array_column($events->types()->data, 'name'));
        $sent = $events->deliveries($event->id)->data;
        self::assertSame(array_fill(0, count($sent), $event->id), array_column($sent, 'event_id'));
        self::assertTrue($events->stream(['types' => ['document.created'], 'after' => 0])->getIterator()->valid());
        $records = self::$comserv->auditLog->list(['action' => 'webhook.delete']);
        self::assertSame(1, $records->meta->total_count);
        self::assertSame('credential', $records->data[0]->actor->type);
        foreach (self::$comserv->auditLog->export(['action' => 'webhook.delete']) as $record) {
            self::assertSame('webhook.delete', $record->action);
        }
        self::assertSame(200, self::$comserv->auditLog->head()->response->status);
    }

    public function testAPersonSessionAndAccount(): void
    {
        $person = self::$server->person('editor');
        $comserv = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        self::assertSame(201, $comserv->session->signIn($person)->response->status);
        self::assertSame($person['username'], $comserv->session->current()->user->username);
        $me = $comserv->me->get();
        self::assertSame('editor', $me->role);
        $change = ['profile' => ['bio' => 'Writes.']];
        self::assertSame('Writes.', $comserv->me->update($change, ifMatch: $me->response->etag)->profile->bio);
        $longer = "{$person['password']} and a cart";
        $comserv->me->changePassword(['current_password' => $person['password'], 'new_password' => $longer]);
        self::assertSame(204, $comserv->session->confirm(['password' => $longer])->status);
        $half = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        $again = ['username' => $person['username'], 'password' => $longer];
        SecondFactorOperations::callEach(self::$comserv, $comserv, $half, $again, self::$server->now());
        $other = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        $other->session->signIn(['username' => $me->email, 'password' => $longer]);
        self::assertSame('profile', iterator_to_array($comserv->me->personalData())[0]->kind);
        $sessions = $comserv->me->sessions(['sort' => '-created_at']);
        self::assertSame(2, $sessions->meta->total_count);
        foreach ($sessions as $session) {
            if (!$session->current) {
                self::assertSame(204, $comserv->me->endSession($session->id)->status);
            }
        }
        self::assertSame(1, $comserv->me->sessions()->meta->total_count);
        $allowed = self::$server->allow(['password' => $longer] + $person);
        ApplicationOperations::endAccess($comserv, $allowed);
        self::assertSame(204, $comserv->session->signOut()->status);
        $this->expectException(AuthenticationFailedException::class);
        $comserv->session->resetPassword(['token' => 'guessed', 'password' => $longer]);
    }

    public function testTheSessionsOfAUser(): void
    {
        $person = self::$server->person('editor');
        $page = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        $session = $page->session->signIn($person);
        $page = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        $id = $page->session->signIn($person)->user->id;
        $users = self::$comserv->users;
        self::assertSame(2, $users->sessions($id)->meta->total_count);
        self::assertSame(204, $users->endSession($id, $session->id)->status);
        self::assertSame(204, $users->endSessions($id)->status);
        self::assertSame(0, $users->sessions($id)->meta->total_count);
    }

    public function testRequestsForCredentials(): void
    {
        $person = self::$server->person('editor');
        $page = new Comserv(self::$server->url, session: true, transport: self::$traffic);
        $page->session->signIn($person);
        $asked = ['name' => 'Reports', 'scopes' => ['documents:read'], 'reason' => 'Nightly.'];
        $requests = $page->credentialRequests;
        $id = $requests->create($asked)->id;
        self::assertSame('approved', self::$comserv->credentialRequests->approve($id)->status);
        self::assertSame(['documents:read'], $requests->get($id)->granted_scopes);
        self::assertStringStartsWith('cs_live_', $requests->collect($id)->client_secret);
        $other = $requests->create($asked)->id;
        $refused = self::$comserv->credentialRequests->refuse($other, ['message' => 'No.']);
        self::assertSame('No.', $refused->message);
        self::assertSame('withdrawn', $requests->withdraw($requests->create($asked)->id)->status);
        self::assertSame(3, $requests->list(['sort' => '-created_at'])->meta->total_count);
        $page->session->signOut();

        $server = TestServer::start(['COMSERV_KEY_REQUESTS_BY_GUESTS' => 'true']);
        $guests = (new Comserv($server->url, session: true, transport: self::$traffic))->guestRequests;
        self::assertTrue($guests->access()->allowed);
        $made = $guests->create($asked + ['contact' => 'Jane']);
        $server->client('admin', self::$traffic)->credentialRequests->approve($made->id);
        self::assertSame('approved', $guests->read(['token' => $made->token])->status);
        self::assertSame(['documents:read'], $guests->collect(['token' => $made->token])->scopes);
    }

    public function testSetup(): void
    {
        $comserv = new Comserv(TestServer::start()->url, session: true, transport: self::$traffic);
        self::assertTrue($comserv->setup->get()->needed);
        $first = ['username' => 'root', 'email' => 'root@example.org', 'password' => self::PASSWORD];
        $this->expectException(AuthenticationFailedException::class);
        $comserv->setup->create(['token' => 'not the one that was printed'] + $first);
    }

    public function testOAuth(): void
    {
        ['client_id' => $id, 'client_secret' => $secret] = self::$server->credential('read');
        $comserv = new Comserv(self::$server->url, clientId: $id, clientSecret: $secret, transport: self::$traffic);
        $token = $comserv->oauth->createToken(scope: 'users:read');
        self::assertSame('users:read', $token->scope);
        self::assertTrue($comserv->oauth->introspectToken($token->access_token)->active);
        self::assertSame(200, $comserv->oauth->revokeToken($token->access_token)->status);
        self::assertFalse($comserv->oauth->introspectToken($token->access_token)->active);
        self::assertArrayHasKey('token_endpoint', $comserv->oauth->metadata());
        self::assertStringStartsWith('cs_client_', self::$comserv->oauth->userInfo()->sub);
        self::assertArrayHasKey('userinfo_endpoint', $comserv->oauth->openIdConfiguration());
        self::assertArrayHasKey('keys', $comserv->oauth->keys());
        $this->expectException(ConfigurationException::class);
        self::$comserv->oauth->createToken();
    }

    public function testTheServerItself(): void
    {
        self::assertSame('ok', self::$comserv->health->live()->status);
        self::assertSame('ok', self::$comserv->health->ready()->status);
        self::assertStringStartsWith('3.1', self::$comserv->description->openApi()['openapi']);
        self::assertSame('standard', self::$comserv->description->catalog()->tiers[0]->name);
    }

    /**
     * @depends testUsers
     * @depends testDocuments
     * @depends testCategories
     * @depends testCredentials
     * @depends testWebhooksAndDeliveries
     * @depends testTestReceivers
     * @depends testEventsAndTheAuditLog
     * @depends testAPersonSessionAndAccount
     * @depends testSetup
     * @depends testOAuth
     * @depends testTheServerItself
     */
    public function testEveryOperationWasCalledByOneOfThese(): void
    {
        $text = (string) file_get_contents(dirname(__DIR__, 3) . '/openapi.json');
        $missing = [];
        $count = 0;
        foreach (json_decode($text, true)['paths'] as $path => $methods) {
            foreach ($methods as $method => $operation) {
                $count++;
                $pattern = '~^' . preg_replace('/\\\\\{\w+\\\\\}/', '\d+', preg_quote($path, '~')) . '$~';
                $calls = array_filter(self::$traffic->seen, static fn (array $one): bool
                    => strtolower($one['method']) === $method && preg_match($pattern, $one['path']) === 1);
                if ($calls === [] && isset($operation['x-sdk'])) {
                    $missing[] = $operation['operationId'];
                }
            }
        }
        self::assertGreaterThan(55, $count);
        self::assertSame([], $missing);
    }
}
