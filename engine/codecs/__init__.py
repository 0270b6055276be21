"""Pure codecs: bytes and text in, values, trees and bytes out. No message, no network, no event loop of
their own.
"""
