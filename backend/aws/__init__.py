"""AWS's JSON services as the function calls them: signed here, over a connection that is kept.

The SDK does the same for any service, and takes for it most of the CPU of a call, of the
function's start and of its zip (docs/decisions/0030-aws-without-the-sdk.md). What runs on the
operator's machine uses the SDK.
"""
