# frozen_string_literal: true

# A process that is started before anybody knows for which function: it has loaded this client, waits for its
# variables on descriptor 3, and is used once.
module HaneulRuntime
  module Waiting
    ORDER_PIPE = 3

    # Returns when the process is a function's: as if it had been started with the function's variables.
    def self.become_function
      order = IO.open(ORDER_PIPE, &:read)
      # Whoever was to give the order has ended: so does this.
      exit!(1) if order.empty?
      ENV.replace(order.split("\0").to_h { |variable| variable.split("=", 2) })
      Random.srand
      Dir.chdir(ENV.fetch("LAMBDA_TASK_ROOT"))
    end
  end
end
