# frozen_string_literal: true

# Entry point of a Ruby function: loads the handler once, then answers invocations.
require_relative "haneul_runtime/main"

HaneulRuntime::Main.new.run
