<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\BatchAnswer;
use Comserv\EventStream;
use Comserv\Exception\ConfigurationException;
use Comserv\Export;
use Comserv\ListMeta;
use Comserv\Model\Session;
use Comserv\Model\Token;
use Comserv\Page;
use Comserv\Response;
use Comserv\Transport\Reply;

/**
 * What the resources are built on.
 *
 * @internal
 */
final class Http
{
    /** Without a byte for that long, a stream is dead: the server sends a comment every 15 seconds. */
    private const STREAM_TIMEOUT_SECONDS = 45.0;

    private readonly Sender $sender;
    private readonly Authentication $authentication;

    private readonly ?SignInStep $signInStep;

    public function __construct(private readonly Settings $settings, private readonly Credentials $credentials)
    {
        $this->sender = new Sender($settings);
        $askToken = fn (Outgoing $outgoing): Token => $this->call($outgoing, Token::from(...));
        $askSession = fn (): Session => $this->call(new Outgoing('GET', '/api/v1/session'), Session::from(...));
        $this->authentication = match (true) {
            $credentials->apiKey !== null => new KeyAuthentication($credentials->apiKey),
            $credentials->refreshToken !== null => new PersonAuthentication(
                $credentials,
                $credentials->refreshToken,
                $askToken,
                $settings->clock,
            ),
            $credentials->client !== null => new TokenAuthentication(
                $credentials,
                $askToken,
                $settings->clock,
                $settings->tokenStore === null
                    ? null
                    : new StoredToken($settings->tokenStore, $credentials, $settings->baseUrl),
            ),
            default => new SessionAuthentication($settings->baseUrl, $askSession),
        };
        $isOfPerson = $this->authentication instanceof SessionAuthentication;
        $this->signInStep = $isOfPerson ? new SignInStep($settings->baseUrl) : null;
    }

    /** @throws ConfigurationException for a client that no person signed in to */
    public function signOut(): void
    {
        if (!$this->authentication instanceof PersonAuthentication) {
            throw new ConfigurationException(
                'Only a client of an application that a person signed in to can sign out.',
            );
        }
        $this->authentication->signOut(function (Outgoing $outgoing): void {
            $this->send($outgoing);
        });
    }

    /**
     * The authentication that keeps a session.
     *
     * @throws ConfigurationException for a client with a credential, which could not keep the session
     */
    public function session(): SessionAuthentication
    {
        return $this->authentication instanceof SessionAuthentication
            ? $this->authentication
            : throw new ConfigurationException('Signing in and out needs a client with session: true.');
    }

    /**
     * @template T
     * @param \Closure(Fields): T $from
     * @return T
     */
    public function call(Outgoing $outgoing, \Closure $from): mixed
    {
        [$data, $response] = $this->answer($outgoing);
        return $from(Fields::of($data, $response));
    }

    /**
     * The same where the response is empty for callers who may not read the result.
     *
     * @template T
     * @param \Closure(Fields): T $from
     * @return T|null
     */
    public function callOrNull(Outgoing $outgoing, \Closure $from): mixed
    {
        [$data, $response] = $this->answer($outgoing);
        return $response->status === 204 ? null : $from(Fields::of($data, $response));
    }

    /**
     * The same where callers who may not read the result get what the call made.
     *
     * @template T
     * @template P
     * @param \Closure(Fields): T $from
     * @param \Closure(Fields): P $partFrom
     * @return T|P
     */
    public function callOrPart(Outgoing $outgoing, \Closure $from, \Closure $partFrom): mixed
    {
        [$data, $response] = $this->answer($outgoing);
        $fields = Fields::of($data, $response);
        return $response->status === 201 ? $partFrom($fields) : $from($fields);
    }

    /** A call whose response is the current session; its CSRF token is kept. */
    public function signedIn(Outgoing $outgoing): Session
    {
        $authentication = $this->session();
        $session = $this->call($outgoing, Session::from(...));
        $authentication->rememberCsrfToken($session->csrf_token);
        return $session;
    }

    /** A call that ends the session. */
    public function signedOut(Outgoing $outgoing): Response
    {
        $authentication = $this->session();
        $response = $this->send($outgoing);
        $authentication->rememberCsrfToken(null);
        return $response;
    }

    /**
     * @template T
     * @param \Closure(Fields): T $from
     * @return BatchAnswer<T>
     */
    public function batch(Outgoing $outgoing, \Closure $from): BatchAnswer
    {
        [$data, $response] = $this->answer($outgoing);
        return BatchAnswer::from(Fields::of($data, $response), $from);
    }

    /**
     * The form of an OAuth request, with the client's credentials and without null fields.
     *
     * @param array<string, mixed> $fields
     * @return array<string, string>
     * @throws ConfigurationException for a client with another credential, and for an invalid secret
     */
    public function form(#[\SensitiveParameter] array $fields): array
    {
        $client = $this->credentials->form();
        foreach (array_intersect(Outgoing::SECRET_FIELDS, array_keys($fields)) as $name) {
            // The server accepts a revocation of '' or '1' like any other.
            Credentials::sendable($name, $fields[$name] ?? null);
        }
        foreach ($fields as $name => $value) {
            if ($value !== null && !is_string($value)) {
                throw new ConfigurationException("{$name} must be a string, not " . Arguments::shown($value) . '.');
            }
        }
        return [...array_filter($fields, is_string(...)), ...$client];
    }

    /** @return \Closure(): float the current time in seconds since 1970 */
    public function clock(): \Closure
    {
        return $this->settings->clock;
    }

    /** A call whose response has no content. */
    public function send(Outgoing $outgoing): Response
    {
        return $this->answer($outgoing)[1];
    }

    /**
     * A call whose response is an object without a schema.
     *
     * @return array<string, mixed>
     */
    public function map(Outgoing $outgoing): array
    {
        [$data, $response] = $this->answer($outgoing);
        if (!is_array($data)) {
            throw Refusal::unexpectedAnswer($response->status, $response->headers);
        }
        /** @var array<string, mixed> */
        return $data;
    }

    /**
     * @template T
     * @param mixed $query an array by name
     * @param \Closure(Fields): T $from
     * @return Page<T>
     */
    public function list(
        string $path,
        mixed $query,
        \Closure $from,
        mixed $timeoutSeconds,
        mixed $maxRetries,
    ): Page {
        $outgoing = new Outgoing(
            'GET',
            $path,
            query: $query,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
        );
        [$list, $response] = $this->answer($outgoing);
        $fields = Fields::of($list, $response);
        return new Page(
            $fields->objects('data', $from),
            ListMeta::from($fields->object('meta')),
            $response,
            /** @param array<string, string> $next */
            fn (array $next): Page => $this->list($path, $next, $from, $timeoutSeconds, $maxRetries),
        );
    }

    /**
     * @template T
     * @param mixed $query an array by name
     * @param \Closure(Fields): T $from
     * @return Export<T>
     */
    public function export(
        string $path,
        mixed $query,
        \Closure $from,
        mixed $timeoutSeconds,
        mixed $maxRetries,
    ): Export {
        $open = fn (string $accept): Reply => $this->opened(new Outgoing(
            'GET',
            $path,
            query: $query,
            accept: $accept,
            timeoutSeconds: $timeoutSeconds,
            maxRetries: $maxRetries,
            isStreamed: true,
        ));
        return new Export($open, $from);
    }

    /**
     * @template T
     * @param mixed $query an array by name
     * @param \Closure(Fields): T $from
     * @param list<string> $lists the parameters that take a list
     * @return EventStream<T>
     */
    public function stream(
        string $path,
        mixed $query,
        \Closure $from,
        mixed $timeoutSeconds,
        mixed $maxRetries,
        array $lists,
    ): EventStream {
        $filters = Outgoing::withTexts($query, $lists);
        $retries = $maxRetries === null ? null : Settings::checkedRetries($maxRetries);
        $open = function (?int $after, bool $isFirst) use ($path, $filters, $timeoutSeconds, $retries): Reply {
            return $this->opened(new Outgoing(
                'GET',
                $path,
                query: ['after' => $after] + $filters,
                accept: 'text/event-stream',
                timeoutSeconds: $timeoutSeconds ?? self::STREAM_TIMEOUT_SECONDS,
                maxRetries: $isFirst ? $retries : 0,
                isStreamed: true,
            ));
        };
        $wait = function (int $reconnects, int $retryMs): void {
            $delayMs = Retry::reconnectDelayMs($reconnects, $retryMs, ($this->settings->random)());
            ($this->settings->sleep)((float) $delayMs / 1_000);
        };
        return new EventStream($open, $wait, $from, $retries, Arguments::position($filters['after'] ?? null));
    }

    /** A streamed response in the format that was asked for, as it is: any other is a proxy's page. */
    private function opened(Outgoing $outgoing): Reply
    {
        $reply = $this->sender->send($outgoing, $this->authentication);
        $type = strtolower(trim(explode(';', $reply->headers['content-type'] ?? '')[0]));
        $isPlain = in_array(strtolower(trim($reply->headers['content-encoding'] ?? '')), ['', 'identity'], true);
        $isWanted = $type === explode(';', $outgoing->accept)[0];
        return $reply->status < 300 && $isWanted && $isPlain
            ? $reply
            : throw Refusal::unexpectedAnswer($reply->status, $reply->headers);
    }

    /** @return array{mixed, Response} */
    private function answer(Outgoing $outgoing): array
    {
        $reply = $this->sender->send($outgoing, $outgoing->isPublic ? $this->signInStep : $this->authentication);
        $text = $reply->text();
        $isJson = str_contains($reply->headers['content-type'] ?? '', 'json');
        $data = $isJson ? Json::decode($text) : null;
        if ($reply->status >= 300 || ($data === null && $text !== '')) {
            throw Refusal::unexpectedAnswer($reply->status, $reply->headers);
        }
        if ($this->authentication instanceof SessionAuthentication) {
            $this->authentication->learn($reply);
        }
        return [$data, Response::of($reply->status, $reply->headers)];
    }
}
