# The guest: its kernel, and what runs on it.
-include guest/kernel/rules.mk
include guest/user/rules.mk
