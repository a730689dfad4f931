# frozen_string_literal: true

# The life of a Ruby function: load its handler once, then answer invocations. As with AWS's client, an
# exception that is not a StandardError, and a missing name or method, end the process after it was reported.
require_relative "api"
require_relative "context"
require_relative "errors"
require_relative "handler"
require_relative "logs"
require_relative "waiting"

module HaneulRuntime
  class Main
    EXIT_INIT_FAILED = 252
    EXIT_CRITICAL = 255

    def initialize
      Waiting.become_function if ENV["HANEUL_WAITING"]
      @api = Api.new(ENV.fetch("AWS_LAMBDA_RUNTIME_API"))
      Logs.install
    end

    def run
      handler = load_handler(ENV.fetch("_HANDLER", ""))
      loop { serve(handler, @api.next) }
    end

    private

    def load_handler(name)
      $LOAD_PATH.unshift(ENV.fetch("LAMBDA_TASK_ROOT", "/var/task"))
      handler = Handler.new(name)
      require handler.file
      handler
    rescue Exception => e # of any kind: it is the function's own code that runs here
      report = Report.new(e, "Init")
      Logs.write_error(report.to_h, "Init error when loading handler #{name}")
      @api.report_init_error(JSON.generate(report.to_h), report.error_type)
      exit!(EXIT_INIT_FAILED)
    end

    def serve(handler, invocation)
      Logs.request_id = invocation.request_id
      ENV["_X_AMZN_TRACE_ID"] = invocation.headers["lambda-runtime-trace-id"]
      body, type = handler.call(JSON.parse(invocation.body), LambdaContext.new(invocation.headers))
    rescue Exception => e # reported, whatever it is
      fail_invocation(invocation, e)
    else
      @api.respond(invocation.request_id, body, type)
    end

    def fail_invocation(invocation, error)
      fatal = error.is_a?(NameError) || !error.is_a?(StandardError)
      report = Report.new(error, "Function")
      title = fatal ? "Critical exception from handler" : "Error raised from handler method"
      Logs.write_error(report.to_h, title)
      body = JSON.generate(report.to_h)
      @api.report_error(invocation.request_id, body, report.error_type, ending: fatal)
      exit!(EXIT_CRITICAL) if fatal
    end
  end
end
