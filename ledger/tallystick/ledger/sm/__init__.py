"""The suite sm2-sm3: SM2 signatures over SM3 (GB/T 32918.2 and .5, GB/T 32905), where OpenSSL's libcrypto has it.

An algorithm, and no claim of compliance with or certification under anything.
"""
