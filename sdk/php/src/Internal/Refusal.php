<?php

declare(strict_types=1);

namespace Comserv\Internal;

use Comserv\Exception;
use Comserv\Exception\ApiException;
use Comserv\RateLimit;

/**
 * The exception for an unsuccessful response.
 *
 * @internal
 */
final class Refusal
{
    /** The class of each code; a test compares the list with the server's. */
    private const CLASSES = [
        'invalid_request' => Exception\InvalidRequestException::class,
        'authentication_failed' => Exception\AuthenticationFailedException::class,
        'permission_denied' => Exception\PermissionDeniedException::class,
        'resource_not_found' => Exception\ResourceNotFoundException::class,
        'method_not_allowed' => Exception\MethodNotAllowedException::class,
        'conflict' => Exception\ConflictException::class,
        'precondition_failed' => Exception\PreconditionFailedException::class,
        'payload_too_large' => Exception\PayloadTooLargeException::class,
        'unsupported_media_type' => Exception\UnsupportedMediaTypeException::class,
        'idempotency_mismatch' => Exception\IdempotencyMismatchException::class,
        'rate_limit_exceeded' => Exception\RateLimitExceededException::class,
        'internal_error' => Exception\InternalErrorException::class,
        'service_unavailable' => Exception\ServiceUnavailableException::class,
    ];

    /** For responses without the API's envelope: those of the OAuth endpoints, and of proxies. */
    private const CODE_BY_STATUS = [
        400 => 'invalid_request',
        401 => 'authentication_failed',
        403 => 'permission_denied',
        404 => 'resource_not_found',
        405 => 'method_not_allowed',
        409 => 'conflict',
        412 => 'precondition_failed',
        413 => 'payload_too_large',
        415 => 'unsupported_media_type',
        429 => 'rate_limit_exceeded',
        500 => 'internal_error',
        502 => 'service_unavailable',
        503 => 'service_unavailable',
        504 => 'service_unavailable',
    ];

    /**
     * @param array<string, string> $headers with lower-case names
     * @param mixed $body the parsed JSON; null if the body is not JSON
     * @param float $now in seconds since 1970, for a `Retry-After` that is a date
     */
    public static function exception(int $status, array $headers, mixed $body, float $now): ApiException
    {
        [$code, $message, $details] = self::envelope($body)
            ?? self::oauthError($body, $status)
            ?? self::foreign($status);
        $waitMs = Retry::retryAfterMs($headers['retry-after'] ?? null, $now);
        $class = self::classOf($code);
        return new $class(
            $status,
            $code,
            $message,
            $details,
            $headers['x-request-id'] ?? null,
            RateLimit::of($headers),
            $waitMs === null ? null : (int) ceil($waitMs / 1_000),
        );
    }

    /** @return class-string<ApiException> */
    public static function classOf(string $code): string
    {
        return self::CLASSES[$code] ?? ApiException::class;
    }

    /**
     * A 2xx or 3xx that the API would not send: usually another server has this address.
     *
     * @param array<string, string> $headers with lower-case names
     */
    public static function unexpectedAnswer(int $status, array $headers, string $more = ''): ApiException
    {
        $details = $status >= 300 && $status < 400
            ? 'The server redirects, which this client does not follow, to keep its key from other servers. '
            : 'The response does not have the format of the API' . ($more === '' ? '. ' : ": {$more} ");
        return new ApiException(
            $status,
            'unexpected_answer',
            'This is not a response of the API',
            $details . 'Is baseUrl right?',
            $headers['x-request-id'] ?? null,
        );
    }

    /** @return array{string, string, string}|null the code, the message and the details */
    private static function envelope(mixed $body): ?array
    {
        $error = self::field($body, 'error');
        $code = self::field($error, 'code');
        $message = self::field($error, 'message');
        $details = self::field($error, 'details');
        if (!is_string($code) || !is_string($message)) {
            return null;
        }
        return [$code, $message, is_string($details) ? $details : ''];
    }

    /**
     * RFC 6749 §5.2, which every endpoint under /oauth returns.
     *
     * @return array{string, string, string}|null
     */
    private static function oauthError(mixed $body, int $status): ?array
    {
        $name = self::field($body, 'error');
        $description = self::field($body, 'error_description');
        if (!is_string($name)) {
            return null;
        }
        $code = self::CODE_BY_STATUS[$status] ?? 'unexpected_answer';
        return [$code, "OAuth error: {$name}", is_string($description) ? $description : ''];
    }

    /** @return array{string, string, string} */
    private static function foreign(int $status): array
    {
        return [
            self::CODE_BY_STATUS[$status] ?? ($status >= 500 ? 'internal_error' : 'unexpected_answer'),
            "The server returned {$status}",
            $status === 407
                ? 'A proxy wants a user name and password; put them into the address of the proxy.'
                : 'The response does not have the format of the API; it may come from a proxy.',
        ];
    }

    private static function field(mixed $value, string $name): mixed
    {
        return is_array($value) ? ($value[$name] ?? null) : null;
    }
}
