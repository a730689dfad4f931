# frozen_string_literal: true

# Finding and calling the handler named by _HANDLER: "file.method" or "file.Class.method".
# https://docs.aws.amazon.com/lambda/latest/dg/ruby-handler.html
require "json"
require "stringio"

module HaneulRuntime
  class Handler
    JSON_TYPE = "application/json"
    STREAM_TYPE = "application/unknown"

    attr_reader :file

    def initialize(name)
      parts = name.split(".")
      @file, @class_name, @method = parts.size == 2 ? [parts[0], nil, parts[1]] : parts
      return if [2, 3].include?(parts.size)

      raise ArgumentError,
            "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where " \
            "FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional " \
            "module/class namespace and METHOD is a callable method. If using CLASS, METHOD must be a " \
            "class-level method."
    end

    # The answer's bytes and their type.
    def call(event, context)
      receiver = @class_name ? Kernel.const_get(@class_name) : self
      result = receiver.__send__(@method, event: event, context: context)
      case result
      when StringIO, IO then [result.read, STREAM_TYPE]
      else [result.to_json, JSON_TYPE]
      end
    end
  end
end
